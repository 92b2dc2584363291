public import PoseCore

/// Who sends a request.
public struct Caller: Sendable, Hashable {
  /// By what he got in.
  public enum Proof: Sendable, Hashable {
    /// Nobody is asked for a key here.
    case nothing
    /// API_KEY.
    case setting
    /// The key of this id.
    case key(Int)
  }

  public var proof: Proof
  /// The session, where he got in by its cookie.
  public var session: Int?
  public var role: AccessRole

  public init(proof: Proof, session: Int? = nil, role: AccessRole) {
    self.proof = proof
    self.session = session
    self.role = role
  }
}

/// What a request shows of itself.
public enum Credential: Sendable, Hashable {
  case key(String)
  /// The content of a session's cookie.
  case session(String)
}

/// Whether somebody gets in.
public enum Admission: Sendable, Hashable {
  /// - Parameter isCertain: false where the storage doesn't answer, so that the key may have been revoked meanwhile.
  case admitted(Caller, isCertain: Bool)
  case refused(Refusal)
  /// The storage has never said which keys there are.
  case undecided
}

/// Why somebody does not get in.
public enum Refusal: Sendable, Hashable {
  /// Nothing was shown.
  case missing
  /// A key that is none.
  case wrong
  /// A key that was revoked, or has ended; whoever shows it has had it.
  case revoked
  case ended
  /// A session that is none, or not any more.
  case noSession
  /// There is no key yet, and others than this machine can ask.
  case notSetUp
}
