import Logging
import PoseCore
import ServiceLifecycle
import Synchronization
import Testing

@testable import posevault

/// What is wrong, as a test says, and what a person was told.
private final class Person: Sendable {
  let trouble = Mutex<String?>(nil)
  let failure = Mutex<String?>(nil)
  let told = Mutex<[[String]]>([])
  let looks = Mutex(0)

  func watch(patience: Duration = .milliseconds(50), period: Duration = .seconds(3600)) -> StoreWatch {
    StoreWatch(
      look: {
        self.looks.withLock { $0 += 1 }
        return self.trouble.withLock { $0.map { [$0] } ?? [] }
      },
      tell: { lines in
        if let failure = self.failure.withLock({ $0 }) { return failure }
        self.told.withLock { $0.append(lines) }
        return nil
      },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
      pace: StoreWatch.Pace(pause: .milliseconds(1), patience: patience, period: period))
  }

  func look(times: Int) async throws {
    let end = looks.withLock { $0 } + times
    while looks.withLock({ $0 }) < end { try await Task.sleep(for: .milliseconds(1)) }
  }

  func isTold(times: Int) async throws {
    while told.withLock({ $0.count }) < times { try await Task.sleep(for: .milliseconds(1)) }
  }
}

@Suite("Stores that don't answer")
struct StoreWatchTests {
  private let person = Person()

  @Test("a person is told of a store that stays away, once, and anew when it goes away again", .timeLimit(.minutes(1)))
  func told() async throws {
    try await during(person.watch()) {
      person.trouble.withLock { $0 = "MySQL can't be reached." }
      try await person.isTold(times: 1)
      try await person.look(times: 20)
      #expect(person.told.withLock { $0 } == [["MySQL can't be reached."]])
      person.trouble.withLock { $0 = nil }
      try await person.look(times: 2)
      person.trouble.withLock { $0 = "MongoDB can't be reached." }
      try await person.isTold(times: 2)
      #expect(person.told.withLock { $0.last } == ["MongoDB can't be reached."])
    }
  }

  @Test("a restart of a database is no news", .timeLimit(.minutes(1)))
  func short() async throws {
    try await during(person.watch(patience: .seconds(3600))) {
      person.trouble.withLock { $0 = "MySQL can't be reached." }
      try await person.look(times: 20)
      person.trouble.withLock { $0 = nil }
      try await person.look(times: 2)
    }
    #expect(person.told.withLock { $0.isEmpty })
  }

  @Test("where the mail can't be sent either, it is tried again; later the same is told again", .timeLimit(.minutes(1)))
  func again() async throws {
    person.failure.withLock { $0 = "refused" }
    try await during(person.watch(period: .milliseconds(20))) {
      person.trouble.withLock { $0 = "MySQL can't be reached." }
      try await person.look(times: 100)
      #expect(person.told.withLock { $0.isEmpty })
      person.failure.withLock { $0 = nil }
      try await person.isTold(times: 3)
    }
  }

  private func during(_ watch: StoreWatch, _ body: () async throws -> Void) async throws {
    let task = Task { try await watch.run() }
    defer { task.cancel() }
    try await body()
  }
}
