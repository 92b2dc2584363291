/// A use of a key or a session.
public struct AccessUse: Sendable, Hashable {
  public enum Subject: Sendable, Hashable {
    case key(Int)
    case session(Int)
  }

  public var subject: Subject
  /// In seconds since 1970.
  public var at: Int64
  /// The client's address.
  public var from: String?

  public init(subject: Subject, at: Int64, from: String?) {
    self.subject = subject
    self.at = at
    self.from = from
  }
}

/// Keys and sessions. They are stored in the pose database, but not in archives.
///
/// Errors are those of ``PoseRepository``; what a call changed is durable when it returns.
public protocol AccessKeys: Sendable {
  /// nil if nothing but uses has changed since `version`.
  func accessState(since version: Int?) async throws -> AccessState?

  /// Stores a key. From then on nobody gets in without one.
  ///
  /// Throws as ``Swift/Array/requireAddable(_:hasOtherOwner:)`` does.
  func addKey(_ key: NewAccessKey, hasOtherOwner: Bool) async throws -> AccessKey

  /// Ends a key permanently, with its sessions, and returns it; nil if there is none. An already revoked one is left
  /// unchanged.
  ///
  /// Throws as ``Swift/Array/requireRevocable(_:at:hasOtherOwner:)`` does.
  func revokeKey(_ id: Int, at now: Int64, hasOtherOwner: Bool) async throws -> AccessKey?

  /// Stores a session, whose id is ignored, and removes expired ones, and the oldest ones of the same key beyond
  /// ``mostSessions``.
  func addSession(_ session: AccessSession) async throws -> AccessSession

  /// Trades a sign-in link for a session of its key, and returns that; nil where there is no such link, or not any more.
  /// Of several callers at once, one gets it. The key is who ``AuditNote/current`` is told it was.
  ///
  /// - Parameters:
  ///   - sha256: the link's.
  ///   - session: its id and key are ignored.
  func useLink(_ sha256: String, for session: AccessSession) async throws -> AccessSession?

  /// Whether there was one.
  @discardableResult
  func endSession(_ id: Int) async throws -> Bool

  /// Records when and from where keys and sessions were last used; uses earlier than the known one change nothing.
  func noteUses(_ uses: [AccessUse]) async throws

  /// From now on nobody gets in without a key, as if one had been created.
  func closeAccess() async throws
}

extension AccessKeys {
  /// Of one key.
  public static var mostSessions: Int { 100 }
}
