/// The mark of a restore: while it stands, what is stored is not whole. Errors are those of ``RunStore``.
public protocol RestoreLock: Sendable {
  /// nil when what is stored is whole.
  func restoreMark() async throws -> RestoreMark?

  /// Sets the mark, unless a backup is under way or a mark other than `previous` or `mark` itself stands.
  ///
  /// A restore repeats this with a later heartbeat while it goes on; where another one has taken over in the
  /// meantime, it is not admitted again and must stop.
  func setRestoreMark(
    _ mark: RestoreMark, replacing previous: RestoreMark?, at now: Int64
  ) async throws -> RestoreAdmission

  /// Whether `mark` stood, and so was removed.
  @discardableResult
  func removeRestoreMark(_ mark: RestoreMark) async throws -> Bool
}

extension RestoreLock {
  /// Throws `restoring` while a restore's mark stands.
  public func requireWhole() async throws {
    if let mark = try await restoreMark() { throw mark.refusal }
  }
}

extension RestoreMark {
  /// The error for anyone who tries to use the storage.
  public var refusal: PoseVaultError {
    PoseVaultError(
      .restoring,
      "A restore is in progress or was interrupted: the storage can't be used until it is finished.",
      details: ["host": host, "file": file])
  }
}
