/// An upload that its client has named, so that it can be retried without being stored twice.
public struct KeyedUpload: Sendable, Hashable {
  /// SHA-256 of the client's key, in 64 hexadecimal digits: keys may be anything, and are not stored.
  public var key: String
  /// SHA-256 of everything that the outcome depends on, in the same form.
  public var content: String
  /// Random, unique to this attempt.
  public var attempt: String

  /// - Parameters:
  ///   - key: SHA-256 of the client's key, in hexadecimal digits.
  ///   - content: SHA-256 of everything that the outcome depends on, in hexadecimal digits.
  public init(key: String, content: String) {
    self.key = key
    self.content = content
    attempt = DatasetID.random()
  }
}

/// The response to an upload. Thrown by ``UploadKeys/insert(_:for:at:answer:)`` if another attempt at the same upload
/// has been stored in the meantime; nothing more is stored then.
public struct RecordedUpload: Error, Hashable {
  /// The pose that the response names first.
  public var pose: Int
  /// The body of the response.
  public var answer: [UInt8]

  public init(pose: Int, answer: [UInt8]) {
    self.pose = pose
    self.answer = answer
  }
}

/// Whether an attempt at an upload may continue.
public enum UploadAdmission: Sendable, Hashable {
  /// The key belongs to this attempt until it is released, or for ``UploadKeyRow/patience``.
  case admitted
  /// The same upload has been stored.
  case recorded(RecordedUpload)
  /// Another attempt has had the key for this many seconds, and may still store something.
  case underWay(seconds: Int64)
  /// The key belongs to another upload.
  case ofOther
}

/// The keys that clients gave their uploads. Stored in the pose database, in the same transaction as the poses.
///
/// Only that transaction decides which attempt is stored: the first one to commit. A claim just saves the others their
/// work, so nothing depends on how long it lasts. Errors are those of ``PoseRepository``.
public protocol UploadKeys: Sendable {
  /// - Parameter now: in seconds since 1970, as everywhere here.
  func claim(_ upload: KeyedUpload, at now: Int64) async throws -> UploadAdmission

  /// As ``PoseRepository/insert(_:)``, and records what `answer` makes of the rows, in one transaction.
  ///
  /// Throws ``RecordedUpload`` if the upload has been stored by another attempt, `idempotencyKeyReused` if another
  /// upload has been stored with the key.
  func insert(
    _ poses: [NewPose], for upload: KeyedUpload, at now: Int64,
    answer: @escaping @Sendable ([PoseRecord]) -> [UInt8]
  ) async throws -> [PoseRecord]

  /// Releases the key of a failed attempt; a successful one keeps it.
  func release(_ upload: KeyedUpload) async throws

  /// Removes keys older than ``UploadKeyRow/lifetime``; returns how many there were.
  @discardableResult
  func removeExpired(at now: Int64) async throws -> Int
}

/// A key as stored, and what follows from it: the same rules for all storages.
public struct UploadKeyRow: Sendable, Hashable {
  public var content: String
  public var attempt: String
  /// When it was claimed, or its upload was stored.
  public var since: Int64
  /// nil as long as nothing is stored.
  public var recorded: RecordedUpload?

  /// How long a key is kept, in seconds.
  public static let lifetime: Int64 = 86_400
  /// How long an unfinished attempt keeps others waiting, in seconds: its process may have been killed.
  public static let patience: Int64 = 30

  public init(content: String, attempt: String, since: Int64, recorded: RecordedUpload?) {
    self.content = content
    self.attempt = attempt
    self.since = since
    self.recorded = recorded
  }

  /// For a new attempt.
  public func admission(of upload: KeyedUpload, at now: Int64) -> UploadAdmission {
    if attempt == upload.attempt, recorded == nil { return .admitted }
    // one that lies far in the future is of a clock that was wrong
    guard (now - since).magnitude < (recorded == nil ? Self.patience : Self.lifetime) else { return .admitted }
    guard content == upload.content else { return .ofOther }
    return recorded.map { .recorded($0) } ?? .underWay(seconds: max(now - since, 0))
  }

  /// Throws if an attempt that wants to store must not, because another one has.
  public func requireUnstored(_ upload: KeyedUpload, at now: Int64) throws {
    guard let recorded, (now - since).magnitude < Self.lifetime else { return }
    throw content == upload.content ? recorded : PoseVaultError.keyReused
  }
}

extension PoseVaultError {
  public static var keyReused: PoseVaultError {
    PoseVaultError(
      .idempotencyKeyReused,
      "This Idempotency-Key was used for another upload within the last 24 hours. Send a new key with a new picture.")
  }

  /// - Parameter seconds: how long the other request has been in progress.
  public static func keyInUse(forSeconds seconds: Int64) -> PoseVaultError {
    let pause = max(1, min(seconds, UploadKeyRow.patience - seconds))
    return PoseVaultError(
      .idempotencyKeyInUse, "A request with this Idempotency-Key is still in progress. Try again with the same key.",
      details: ["retryAfter": "\(pause)"])
  }
}
