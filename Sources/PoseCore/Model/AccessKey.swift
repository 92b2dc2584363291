/// A key as stored: everything but the key itself. Times are seconds since 1970.
public struct AccessKey: Sendable, Hashable {
  /// Assigned by the storage, ascending, never reused.
  public var id: Int
  /// Its name, for people.
  public var name: String
  public var role: AccessRole
  /// SHA-256 of the key, in 64 hexadecimal digits.
  public var sha256: String
  public var createdAt: Int64
  /// Expiry; nil for never.
  public var endsAt: Int64?
  public var revokedAt: Int64?
  /// May be a minute old.
  public var lastUsedAt: Int64?
  /// The address of the client that last used it.
  public var lastUsedFrom: String?

  public init(
    id: Int, name: String, role: AccessRole, sha256: String, createdAt: Int64, endsAt: Int64? = nil,
    revokedAt: Int64? = nil, lastUsedAt: Int64? = nil, lastUsedFrom: String? = nil
  ) {
    self.id = id
    self.name = name
    self.role = role
    self.sha256 = sha256
    self.createdAt = createdAt
    self.endsAt = endsAt
    self.revokedAt = revokedAt
    self.lastUsedAt = lastUsedAt
    self.lastUsedFrom = lastUsedFrom
  }

  /// Whether it is valid.
  public func isValid(at now: Int64) -> Bool { revokedAt == nil && endsAt.map { $0 > now } ?? true }
}

/// A key to be stored.
public struct NewAccessKey: Sendable, Hashable {
  public var name: String
  public var role: AccessRole
  /// As in ``AccessKey/sha256``.
  public var sha256: String
  public var createdAt: Int64
  public var endsAt: Int64?
  public var maker: Maker

  /// Who makes it: he must still be able to when it is kept.
  public enum Maker: Sendable, Hashable {
    /// Somebody on this machine, or with API_KEY.
    case trusted
    /// The holder of the key of this id.
    case key(Int)
    /// Somebody without a key, where none is asked for.
    case nobody
  }

  /// In characters.
  public static let nameLengths = 1...100

  /// Throws `validationFailed` for a name that is empty, too long or has line breaks or control characters, and for an
  /// end that has passed.
  public init(
    name: String, role: AccessRole, sha256: String, createdAt: Int64, endsAt: Int64?, maker: Maker = .trusted
  ) throws {
    guard Self.nameLengths.contains(name.count), EscapedText.line(name) == name, name.utf8.count <= 400,
      name.contains(where: { !$0.isWhitespace })
    else {
      throw PoseVaultError(
        .validationFailed, "A key's name must have 1 to \(Self.nameLengths.upperBound) characters, on one line.",
        details: ["field": "name"])
    }
    if let endsAt, endsAt <= createdAt {
      throw PoseVaultError(.validationFailed, "The key's end is already past.", details: ["field": "until"])
    }
    self.name = name
    self.role = role
    self.sha256 = sha256
    self.createdAt = createdAt
    self.endsAt = endsAt
    self.maker = maker
  }
}

/// A browser in which somebody has signed in. Times are seconds since 1970.
public struct AccessSession: Sendable, Hashable {
  /// Assigned by the storage, ascending, never reused.
  public var id: Int
  /// SHA-256 of the cookie's content, in 64 hexadecimal digits.
  public var sha256: String
  /// The key it was opened with; nil for API_KEY.
  public var key: Int?
  /// SHA-256 over the cookie's content and API_KEY, for a session of that key: it ends when API_KEY is changed, and the
  /// stored value can't be used to try out keys. ``linkMark`` for an unused sign-in link.
  public var binding: String?
  public var createdAt: Int64
  public var endsAt: Int64
  /// May be a minute old.
  public var lastUsedAt: Int64
  /// The address of the client.
  public var lastUsedFrom: String?

  public init(
    id: Int, sha256: String, key: Int?, binding: String?, createdAt: Int64, endsAt: Int64, lastUsedAt: Int64,
    lastUsedFrom: String?
  ) {
    self.id = id
    self.sha256 = sha256
    self.key = key
    self.binding = binding
    self.createdAt = createdAt
    self.endsAt = endsAt
    self.lastUsedAt = lastUsedAt
    self.lastUsedFrom = lastUsedFrom
  }

  /// Marks a sign-in link: it opens nothing by itself, and is exchanged once for a session of the same key.
  public static let linkMark = "link"

  public var isLink: Bool { binding == Self.linkMark }

  /// - Parameter sha256: of the link's secret.
  public static func link(_ sha256: String, of key: Int, at now: Int64, endsAt: Int64) -> AccessSession {
    AccessSession(
      id: 0, sha256: sha256, key: key, binding: linkMark, createdAt: now, endsAt: endsAt, lastUsedAt: now,
      lastUsedFrom: nil)
  }
}

/// Keys and sessions at one time.
public struct AccessState: Sendable, Hashable {
  /// Incremented with each change, except uses.
  public var version: Int
  /// Whether a key was ever created, so that nobody gets in without one.
  public var isClosed: Bool
  /// By ascending id, including revoked and expired ones.
  public var keys: [AccessKey]
  public var sessions: [AccessSession]

  public init(version: Int, isClosed: Bool, keys: [AccessKey], sessions: [AccessSession]) {
    self.version = version
    self.isClosed = isClosed
    self.keys = keys
    self.sessions = sessions
  }
}

/// The rules about owners: the same for all storages, checked inside the transaction that makes the change.
extension [AccessKey] {
  /// Throws `validationFailed` where the first key is not an owner's: nobody could make another one. Throws
  /// `unauthorized` where who makes it can't any more: servers learn of that a moment later.
  ///
  /// - Parameter hasOtherOwner: whether API_KEY is set.
  public func requireAddable(_ new: NewAccessKey, hasOtherOwner: Bool) throws {
    switch new.maker {
    case .trusted: break
    case .key(let id):
      guard contains(where: { $0.id == id && $0.isValid(at: new.createdAt) }) else {
        throw PoseVaultError(.unauthorized, "This key was revoked.")
      }
    case .nobody:
      guard !contains(where: { $0.isValid(at: new.createdAt) }) else {
        throw PoseVaultError(.unauthorized, "There is a key by now, so making another one takes an owner's key.")
      }
    }
    guard !hasOtherOwner, new.role != .owner, !hasOwner(at: new.createdAt) else { return }
    throw PoseVaultError(
      .validationFailed, "The first key must have the role owner: without one, nobody could make another key.",
      details: ["field": "role"])
  }

  /// Throws `lastOwner` where nobody could make a key afterwards, now or later: another owner's key that ends before this
  /// one doesn't count.
  ///
  /// - Parameter hasOtherOwner: whether API_KEY is set.
  public func requireRevocable(_ id: Int, at now: Int64, hasOtherOwner: Bool) throws {
    guard !hasOtherOwner, let key = first(where: { $0.id == id }), key.role == .owner, key.isValid(at: now) else {
      return
    }
    let lastsAsLong = contains { other in
      other.id != id && other.role == .owner && other.isValid(at: now)
        && other.endsAt ?? .max >= key.endsAt ?? .max
    }
    guard !lastsAsLong else { return }
    throw PoseVaultError(
      .lastOwner,
      "This is the last owner's key, or the one that lasts longest. Make another one first: "
        + "posevault key add --name NAME --role owner.")
  }

  private func hasOwner(at now: Int64) -> Bool { contains { $0.role == .owner && $0.isValid(at: now) } }
}
