@testable import PoseCore
import Testing

@Suite("A budget", .timeLimit(.minutes(1)))
struct BudgetTests {
  @Test("lets no more run than it has units, whatever the mix, and ends with all of them free")
  func limit() async throws {
    let budget = Budget("tests", capacity: 5, maxWaiting: 1000, waitLimit: .seconds(30))
    let used = Shared((now: 0, most: 0))
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<300 {
        group.addTask {
          let units = number % 4 + 1
          let work = Task {
            try await budget.withUnits(units) {
              used.withLock { $0 = ($0.now + units, max($0.most, $0.now + units)) }
              try? await Task.sleep(for: .microseconds(number % 7 * 100))
              used.withLock { $0.now -= units }
            }
          }
          if number % 5 == 0 { work.cancel() }
          _ = await work.result
        }
      }
    }
    #expect(used.withLock { $0.most } <= 5)
    #expect(used.withLock { $0.most } > 1)
    #expect(budget.load == (0, 0))
  }

  @Test("serves first come first")
  func order() async throws {
    let budget = Budget("tests", capacity: 1, maxWaiting: 100, waitLimit: .seconds(30))
    try budget.takeNow(1)
    let served = Shared<[Int]>([])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        group.addTask {
          try await budget.withUnits(1) { served.withLock { $0.append(number) } }
        }
        try await waiting(number + 1, in: budget)
      }
      budget.give(1)
      try await group.waitForAll()
    }
    #expect(served.withLock { $0 } == Array(0..<20))
  }

  @Test("runs a request for more than there is alone")
  func oversize() async throws {
    let budget = Budget("tests", capacity: 3, maxWaiting: 10, waitLimit: .seconds(30))
    let used = try await budget.withUnits(1000) { budget.load.used }
    #expect(used == 3)
    #expect(budget.load == (0, 0))
  }

  @Test("gives up after the time to wait")
  func deadline() async throws {
    let budget = Budget("pictures", capacity: 1, maxWaiting: 10, waitLimit: .milliseconds(20))
    try budget.takeNow(1)
    let error = await #expect(throws: PoseVaultError.self) { try await budget.withUnits(1) {} }
    #expect(error?.code == .queueFull && error?.message.contains("pictures") == true)
    #expect(budget.load == (0, 1))
    budget.give(1)
    try await budget.withUnits(1) {}
  }

  @Test("refuses at once when too many wait")
  func full() async throws {
    let budget = Budget("tests", capacity: 1, maxWaiting: 1, waitLimit: .seconds(30))
    try budget.takeNow(1)
    let first = Task { try await budget.withUnits(1) {} }
    try await waiting(1, in: budget)
    for call in [{ try await budget.withUnits(1) {} }, { try budget.takeNow(1) }] as [() async throws -> Void] {
      let error = await #expect(throws: PoseVaultError.self) { try await call() }
      #expect(error?.code == .queueFull)
    }
    budget.give(1)
    try await first.value
  }

  @Test("forgets a caller that is cancelled while it waits, and serves the next")
  func cancellation() async throws {
    let budget = Budget("tests", capacity: 2, maxWaiting: 10, waitLimit: .seconds(30))
    try budget.takeNow(1)
    let large = Task { try await budget.withUnits(2) {} }
    try await waiting(1, in: budget)
    let small = Task { try await budget.withUnits(1) {} }
    try await waiting(2, in: budget)
    large.cancel()
    await #expect(throws: CancellationError.self) { try await large.value }
    try await small.value
    #expect(budget.load == (0, 1))
  }

  @Test("refuses a caller that was cancelled before, when it would have to wait")
  func cancelledBefore() async throws {
    let budget = Budget("tests", capacity: 1, maxWaiting: 10, waitLimit: .seconds(30))
    try budget.takeNow(1)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await budget.withUnits(1) {}
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(budget.load == (0, 1))
  }

  @Test("gets its units back when the work throws")
  func failure() async throws {
    let budget = Budget("tests", capacity: 1, maxWaiting: 0, waitLimit: .seconds(30))
    for _ in 0..<3 {
      let error = await #expect(throws: PoseVaultError.self) {
        try await budget.withUnits(1) { throw PoseVaultError(.internal, "broken") }
      }
      #expect(error?.code == .internal)
    }
    #expect(budget.load == (0, 0))
  }
}

/// Returns as soon as `count` callers wait.
func waiting(_ count: Int, in budget: Budget) async throws {
  while budget.load.waiting < count { try await Task.sleep(for: .milliseconds(1)) }
}
