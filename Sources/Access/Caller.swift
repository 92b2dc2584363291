public import PoseCore

/// Who sent a request.
public struct Caller: Sendable, Hashable {
  /// How the caller got in.
  public enum Proof: Sendable, Hashable {
    /// No key is required.
    case nothing
    /// API_KEY.
    case setting
    /// The key of this id.
    case key(Int)
  }

  public var proof: Proof
  /// The session, if the caller got in by its cookie.
  public var session: Int?
  public var role: AccessRole

  public init(proof: Proof, session: Int? = nil, role: AccessRole) {
    self.proof = proof
    self.session = session
    self.role = role
  }
}

/// The credentials in a request.
public enum Credential: Sendable, Hashable {
  case key(String)
  /// The content of a session's cookie.
  case session(String)
}

/// Whether a caller is admitted.
public enum Admission: Sendable, Hashable {
  /// - Parameter isCertain: false if the storage doesn't respond, so that the key may have been revoked in the
  ///   meantime.
  case admitted(Caller, isCertain: Bool)
  case refused(Refusal)
  /// The storage has never reported its keys.
  case undecided
}

/// Why a caller is refused.
public enum Refusal: Sendable, Hashable {
  /// No credentials were sent.
  case missing
  /// Not a valid key.
  case wrong
  /// A key that was revoked or has expired; the caller must once have had it.
  case revoked
  case ended
  /// Not a session, or no longer one.
  case noSession
  /// There is no key yet, and other machines can reach this server.
  case notSetUp
}
