import PoseCore

/// Knows whether the storage may be used: not before it has been opened, and not while a restore is filling it, which
/// it learns within a second.
actor StorageGate {
  private let trouble: @Sendable () async -> PoseVaultError?
  private let ask: @Sendable () async throws -> RestoreMark?
  private var known: RestoreMark?
  private var asked: ContinuousClock.Instant?
  private var question: Task<Void, Never>?

  static let age = Duration.seconds(1)

  /// - Parameters:
  ///   - trouble: why the storage can't be used yet; nil once it is open.
  ///   - ask: returns ``RunStore/restoreMark()``.
  init(
    trouble: @escaping @Sendable () async -> PoseVaultError?,
    mark ask: @escaping @Sendable () async throws -> RestoreMark?
  ) {
    self.trouble = trouble
    self.ask = ask
  }

  /// The response to a request that needs the storage; nil if it may continue.
  func refusal() async -> PoseVaultError? {
    if let trouble = await trouble() { return trouble }
    return await mark()?.refusal
  }

  /// Why the storage can't be used yet.
  func opening() async -> PoseVaultError? { await trouble() }

  /// While the database doesn't respond, its last response: the storage that is used next reports the problem.
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
