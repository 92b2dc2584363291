/// The mark of a restore: while it is set, the stored data is incomplete. Errors are those of ``RunStore``.
public protocol RestoreLock: Sendable {
  /// nil if the stored data is complete.
  func restoreMark() async throws -> RestoreMark?

  /// Sets the mark, unless a backup is in progress or there is a mark other than `previous` or `mark` itself.
  ///
  /// A restore repeats this with a later heartbeat while it is in progress; if another one has taken over in the
  /// meantime, it is no longer admitted and must stop.
  func setRestoreMark(
    _ mark: RestoreMark, replacing previous: RestoreMark?, at now: Int64
  ) async throws -> RestoreAdmission

  /// Whether `mark` was set, and so was removed.
  @discardableResult
  func removeRestoreMark(_ mark: RestoreMark) async throws -> Bool
}

extension RestoreLock {
  /// Throws `restoring` while there is a restore's mark.
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
