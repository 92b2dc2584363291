import PoseCore

/// Knows whether the storage may be used: not before it was opened, and not, at most a second late, while a restore is
/// filling it.
actor StorageGate {
  private let trouble: @Sendable () async -> PoseVaultError?
  private let ask: @Sendable () async throws -> RestoreMark?
  private var known: RestoreMark?
  private var asked: ContinuousClock.Instant?
  private var question: Task<Void, Never>?

  static let age = Duration.seconds(1)

  /// - Parameters:
  ///   - trouble: why the storage can't be used yet; nil once it is open.
  ///   - ask: what ``RunStore/restoreMark()`` says.
  init(
    trouble: @escaping @Sendable () async -> PoseVaultError?,
    mark ask: @escaping @Sendable () async throws -> RestoreMark?
  ) {
    self.trouble = trouble
    self.ask = ask
  }

  /// What a request that needs the storage gets instead; nil where it may go on.
  func refusal() async -> PoseVaultError? {
    if let trouble = await trouble() { return trouble }
    return await mark()?.refusal
  }

  /// Why the storage can't be used yet.
  func opening() async -> PoseVaultError? { await trouble() }

  /// While the database doesn't answer, what it answered last: the storage that is asked next reports the problem.
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
      asked = start
      self.question = nil
    }
    self.question = question
    return question
  }
}
