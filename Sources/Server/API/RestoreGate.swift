import PoseCore

/// Knows, at most a second late, whether a restore is filling the storage.
actor RestoreGate {
  private let ask: @Sendable () async throws -> RestoreMark?
  private var known: RestoreMark?
  private var asked: ContinuousClock.Instant?
  private var question: Task<Void, Never>?

  static let age = Duration.seconds(1)

  init(_ ask: @escaping @Sendable () async throws -> RestoreMark?) {
    self.ask = ask
  }

  /// While the database doesn't answer, what it answered last: the storage that is asked next tells of the trouble.
  func mark() async -> RestoreMark? {
    if let asked, .now - asked < Self.age, question == nil { return known }
    let question = self.question ?? begin()
    await question.value
    return known
  }

  private func begin() -> Task<Void, Never> {
    let start = ContinuousClock.now
    let question = Task {
      let answer: RestoreMark??
      do { answer = .some(try await ask()) } catch { answer = nil }
      if let answer { known = answer }
      (asked, self.question) = (start, nil)
    }
    self.question = question
    return question
  }
}
