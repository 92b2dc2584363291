import Foundation
@testable import PoseCore
import Testing

@Suite("A pool for blocking calls", .timeLimit(.minutes(1)))
struct BlockingPoolTests {
  @Test("runs as many calls at once as it has threads, beside Swift's own")
  func threads() async throws {
    let pool = BlockingPool("tests", threads: 3, maxWaiting: 100, waitLimit: .seconds(30))
    let running = Shared((now: 0, most: 0))
    let sums = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 0..<60 {
        group.addTask {
          try await pool.run {
            running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            usleep(2000)
            running.withLock { $0.now -= 1 }
            return number
          }
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(sums == 60 * 59 / 2)
    #expect(running.withLock { $0.most } == 3)
    #expect(pool.load == (0, 0))
    try await pool.shutDown()
  }

  @Test("holds nobody up but those who wait for it")
  func blocked() async throws {
    let pool = BlockingPool("tests", threads: 2, maxWaiting: 100, waitLimit: .seconds(30))
    let open = Shared(false)
    let calls = (0..<64).map { _ in
      Task {
        try await pool.run {
          while !open.withLock({ $0 }) { usleep(500) }
        }
      }
    }
    while pool.load != (62, 2) { try await Task.sleep(for: .milliseconds(1)) }
    // Swift's threads are free meanwhile
    let others = await withTaskGroup(of: Int.self) { group in
      for number in 0..<100 { group.addTask { number } }
      return await group.reduce(0, +)
    }
    #expect(others == 4950)
    open.withLock { $0 = true }
    for call in calls { try await call.value }
    try await pool.shutDown()
  }

  @Test("passes on what a call throws, and goes on")
  func failure() async throws {
    let pool = BlockingPool("tests", threads: 1, maxWaiting: 10, waitLimit: .seconds(30))
    let error = await #expect(throws: PoseVaultError.self) {
      try await pool.run { throw PoseVaultError(.corruptImage, "broken") }
    }
    #expect(error?.code == .corruptImage)
    #expect(try await pool.run { 5 } == 5)
    try await pool.shutDown()
  }

  @Test("ends after the calls under way, and says so to later ones")
  func shutDown() async throws {
    let pool = BlockingPool("tests", threads: 1, maxWaiting: 10, waitLimit: .seconds(30))
    let started = Shared(false)
    let last = Task {
      try await pool.run {
        started.withLock { $0 = true }
        usleep(50_000)
        return 7
      }
    }
    while !started.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
    try await pool.shutDown()
    #expect(try await last.value == 7)
    let error = await #expect(throws: PoseVaultError.self) { try await pool.run {} }
    #expect(error?.code == .shuttingDown)
  }

  @Test("forgets a cancelled caller that waits, and finishes one whose call has begun")
  func cancellation() async throws {
    let pool = BlockingPool("tests", threads: 1, maxWaiting: 10, waitLimit: .seconds(30))
    let started = Shared(false)
    let begun = Task {
      try await pool.run {
        started.withLock { $0 = true }
        usleep(50_000)
        return 7
      }
    }
    while !started.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(1)) }
    let waiting = Task { try await pool.run { 8 } }
    waiting.cancel()
    begun.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(try await begun.value == 7)
    try await pool.shutDown()
  }

  @Test("raises the flag of a call that has begun when its caller is cancelled, and of no other")
  func stopping() async throws {
    let pool = BlockingPool("tests", threads: 2, maxWaiting: 10, waitLimit: .seconds(30))
    let flags = Shared<[StopFlag]>([])
    let callers = (0..<2).map { _ in
      Task {
        try await pool.run { stop in
          flags.withLock { $0.append(stop) }
          for _ in 0..<5000 where !stop.isRaised { usleep(1000) }
          try stop.check()
        }
      }
    }
    while flags.withLock({ $0.count }) < 2 { try await Task.sleep(for: .milliseconds(1)) }
    callers[0].cancel()
    await #expect(throws: CancellationError.self) { try await callers[0].value }
    #expect(flags.withLock { $0.filter(\.isRaised).count } == 1)
    callers[1].cancel()
    await #expect(throws: CancellationError.self) { try await callers[1].value }
    try await pool.shutDown()
  }
}
