public import PoseCore

/// What a storage's tests supply so that ``AccessKeysContract`` can try its keys; new and empty for each check.
public protocol AccessKeysFixture: Sendable {
  /// Opens the storage; called again, it first closes what was opened before, as a restart would.
  func openAccess() async throws -> any AccessKeys

  /// Opens the same storage once more, as another process or server beside the first one does.
  func openAccessBeside() async throws -> any AccessKeys
}

/// What every ``AccessKeys`` must do.
public enum AccessKeysContract {
  public typealias Check = StorageCheck<any AccessKeysFixture>

  private static let now: Int64 = 1_765_362_600

  private static func key(
    _ name: String, _ role: AccessRole = .owner, endsAt: Int64? = nil
  ) throws -> NewAccessKey {
    try NewAccessKey(name: name, role: role, sha256: "of \(name)", createdAt: now, endsAt: endsAt)
  }

  private static func session(
    _ name: String, of key: Int?, endsAt: Int64 = now + 100, at time: Int64 = now
  ) -> AccessSession {
    AccessSession(
      id: 0, sha256: "of \(name)", key: key, binding: key == nil ? "bound \(name)" : nil, createdAt: time,
      endsAt: endsAt, lastUsedAt: time, lastUsedFrom: "192.0.2.1")
  }

  private static func state(_ access: any AccessKeys) async throws -> AccessState {
    guard let state = try await access.accessState(since: nil) else {
      throw ContractViolation("no state for one who knows none", #line, #fileID)
    }
    return state
  }

  public static let checks: [Check] = keys + owners + sessions + uses

  private static let keys: [Check] = [
    Check("a new storage has no keys and is open; the first key closes it") { fixture in
      let access = try await fixture.openAccess()
      let empty = try await state(access)
      try requireEqual(empty, AccessState(version: empty.version, isClosed: false, keys: [], sessions: []), "at first")
      _ = try await access.addKey(key("Ann"), hasOtherOwner: false)
      try requireEqual(try await state(access).isClosed, true, "closed")
    },

    Check("keys are kept as they are, with ids that are never used twice, also over a restart") { fixture in
      let first = try await fixture.openAccess()
      let ann = try await first.addKey(key("Änn Müller 🔑"), hasOtherOwner: false)
      let bob = try await first.addKey(key("Bob", .uploader, endsAt: now + 60), hasOtherOwner: false)
      try require(bob.id > ann.id, "ascending ids")
      try requireEqual(bob.role, .uploader, "its role")
      let again = try await fixture.openAccess()
      try requireEqual(try await state(again).keys, [ann, bob], "after a restart")
      let carol = try await again.addKey(key("Carol", .viewer), hasOtherOwner: false)
      try require(carol.id > bob.id, "ascending ids")
    },

    Check("each role is kept") { fixture in
      let access = try await fixture.openAccess()
      for role in AccessRole.allCases {
        _ = try await access.addKey(key(role.rawValue, role), hasOtherOwner: true)
      }
      try requireEqual(try await state(access).keys.map(\.role), AccessRole.allCases, "roles")
    },

    Check("nothing is answered to one who knows the newest state, and each change makes a newer one") { fixture in
      let access = try await fixture.openAccess()
      let beside = try await fixture.openAccessBeside()
      var versions: [Int] = [try await state(access).version]
      func requireNewer(_ what: String) async throws {
        guard let newer = try await beside.accessState(since: versions.last) else {
          throw ContractViolation("\(what): no newer state", #line, #fileID)
        }
        try requireEqual(try await access.accessState(since: newer.version), nil, "\(what): known")
        versions.append(newer.version)
      }
      let owner = try await access.addKey(key("Ann"), hasOtherOwner: false)
      try await requireNewer("a key")
      let other = try await access.addKey(key("Bob", .viewer), hasOtherOwner: false)
      try await requireNewer("another key")
      let session = try await access.addSession(session("s", of: owner.id))
      try await requireNewer("a session")
      _ = try await access.endSession(session.id)
      try await requireNewer("the session's end")
      _ = try await access.revokeKey(other.id, at: now, hasOtherOwner: false)
      try await requireNewer("a revocation")
      try await access.noteUses([AccessUse(subject: .key(owner.id), at: now + 1, from: "::1")])
      try requireEqual(try await beside.accessState(since: versions.last), nil, "after a use")
    },

    Check("a storage can be closed without a key") { fixture in
      let access = try await fixture.openAccess()
      try await access.closeAccess()
      try await access.closeAccess()
      let closed = try await state(try await fixture.openAccess())
      try requireEqual(closed.isClosed, true, "closed")
      try requireEqual(closed.keys, [], "keys")
    },
  ]

  private static let owners: [Check] = [
    Check("the first key is an owner's, unless there is an owner elsewhere") { fixture in
      let access = try await fixture.openAccess()
      for role in AccessRole.allCases where role != .owner {
        try await requireError(.validationFailed, "a first \(role)") {
          _ = try await access.addKey(key("a", role), hasOtherOwner: false)
        }
      }
      let refused = try await state(access)
      try requireEqual(refused.keys, [], "keys")
      try requireEqual(refused.isClosed, false, "closed")
      _ = try await access.addKey(key("viewer", .viewer), hasOtherOwner: true)
      try await requireError(.validationFailed, "another one, with no owner left") {
        _ = try await access.addKey(key("b", .viewer), hasOtherOwner: false)
      }
      _ = try await access.addKey(key("owner"), hasOtherOwner: false)
      _ = try await access.addKey(key("c", .viewer), hasOtherOwner: false)
    },

    Check("who can't make a key any more makes none, whatever a server knew") { fixture in
      let access = try await fixture.openAccess()
      func made(_ name: String, by maker: NewAccessKey.Maker, at time: Int64 = now) async throws -> AccessKey {
        let key = try NewAccessKey(
          name: name, role: .owner, sha256: "of \(name)", createdAt: time, endsAt: nil, maker: maker)
        return try await access.addKey(key, hasOtherOwner: false)
      }
      let ann = try await made("Ann", by: .nobody)
      try await requireError(.unauthorized, "another one without a key") { _ = try await made("b", by: .nobody) }
      let bob = try await made("Bob", by: .key(ann.id))
      _ = try await access.revokeKey(ann.id, at: now, hasOtherOwner: false)
      try await requireError(.unauthorized, "by a revoked key") { _ = try await made("c", by: .key(ann.id)) }
      try await requireError(.unauthorized, "by none") { _ = try await made("d", by: .key(bob.id + 9)) }
      try requireEqual(try await state(access).keys.map(\.name), ["Ann", "Bob"], "keys")
    },

    Check("a key is revoked once, at once, and for good; a key that is not there is told") { fixture in
      let access = try await fixture.openAccess()
      _ = try await access.addKey(key("Ann"), hasOtherOwner: false)
      let bob = try await access.addKey(key("Bob", .viewer), hasOtherOwner: false)
      var revoked = bob
      revoked.revokedAt = now + 5
      try requireEqual(try await access.revokeKey(bob.id, at: now + 5, hasOtherOwner: false), revoked, "revoked")
      try requireEqual(try await access.revokeKey(bob.id, at: now + 9, hasOtherOwner: false), revoked, "again")
      try requireEqual(try await access.revokeKey(bob.id + 1, at: now, hasOtherOwner: false), nil, "one that isn't")
      let kept = try await state(try await fixture.openAccess()).keys.last
      try requireEqual(kept, revoked, "after a restart")
      try requireEqual(kept?.isValid(at: now), false, "valid")
    },

    Check("the last owner's key stays, unless there is an owner elsewhere; one that ends before it is none") {
      fixture in
      let access = try await fixture.openAccess()
      let ann = try await access.addKey(key("Ann"), hasOtherOwner: false)
      _ = try await access.addKey(key("Bob", .editor), hasOtherOwner: false)
      let carol = try await access.addKey(key("Carol", endsAt: now + 10), hasOtherOwner: false)
      for time in [now + 9, now + 10] {
        try await requireError(.lastOwner, "Ann's, where Carol's ends") {
          _ = try await access.revokeKey(ann.id, at: time, hasOtherOwner: false)
        }
      }
      _ = try await access.revokeKey(ann.id, at: now + 9, hasOtherOwner: true)
      try await requireError(.lastOwner, "Carol's") {
        _ = try await access.revokeKey(carol.id, at: now + 9, hasOtherOwner: false)
      }
      _ = try await access.revokeKey(carol.id, at: now + 9, hasOtherOwner: true)
      let end = try await state(access)
      try requireEqual(end.keys.map(\.revokedAt), [now + 9, nil, now + 9], "revoked")
      try requireEqual(end.isClosed, true, "closed")
    },

    Check("of two owners who revoke each other's keys at once, one stays") { fixture in
      let access = try await fixture.openAccess()
      let beside = try await fixture.openAccessBeside()
      for round in 0..<5 {
        let ids = [
          try await access.addKey(key("a\(round)"), hasOtherOwner: false).id,
          try await access.addKey(key("b\(round)"), hasOtherOwner: false).id,
        ]
        for old in try await state(access).keys where !ids.contains(old.id) && old.revokedAt == nil {
          _ = try await access.revokeKey(old.id, at: now, hasOtherOwner: false)
        }
        let refused = try await withThrowingTaskGroup(of: Int.self) { group in
          for (id, storage) in zip(ids, [access, beside]) {
            group.addTask {
              do {
                _ = try await storage.revokeKey(id, at: now, hasOtherOwner: false)
                return 0
              } catch let error as PoseVaultError where error.code == .lastOwner {
                return 1
              }
            }
          }
          return try await group.reduce(0, +)
        }
        try requireEqual(refused, 1, "refused in round \(round)")
        try requireEqual(try await state(beside).keys.count { $0.isValid(at: now) }, 1, "left in round \(round)")
      }
    },
  ]

  private static let sessions: [Check] = [
    Check("sessions are kept until they are ended or their key is revoked") { fixture in
      let first = try await fixture.openAccess()
      let owner = try await first.addKey(key("Ann"), hasOtherOwner: false)
      let viewer = try await first.addKey(key("Bob", .viewer), hasOtherOwner: false)
      let sessions = [
        try await first.addSession(session("1", of: owner.id)), try await first.addSession(session("2", of: viewer.id)),
        try await first.addSession(session("3", of: viewer.id)), try await first.addSession(session("4", of: nil)),
      ]
      try requireEqual(Set(sessions.map(\.id)).count, 4, "ids")
      let access = try await fixture.openAccess()
      try requireEqual(try await state(access).sessions, sessions, "after a restart")
      try requireEqual(try await access.endSession(sessions[2].id), true, "ended")
      try requireEqual(try await access.endSession(sessions[2].id), false, "ended again")
      try requireEqual(try await state(access).sessions, [sessions[0], sessions[1], sessions[3]], "the rest")
      _ = try await access.revokeKey(viewer.id, at: now, hasOtherOwner: false)
      try requireEqual(try await state(access).sessions, [sessions[0], sessions[3]], "without the revoked key's")
    },

    Check("sessions that have ended, and the oldest of a key beyond a hundred, are forgotten") { fixture in
      let access = try await fixture.openAccess()
      let owner = try await access.addKey(key("Ann"), hasOtherOwner: false)
      let short = try await access.addSession(session("short", of: owner.id, endsAt: now + 10))
      let other = try await access.addSession(session("other", of: nil))
      var later: [AccessSession] = []
      for number in 0..<102 {
        later.append(try await access.addSession(session("\(number)", of: owner.id, at: now + 9)))
      }
      try requireEqual(try await state(access).sessions, [other] + later.suffix(100), "the newest")
      let last = try await access.addSession(session("last", of: nil, endsAt: now + 500, at: now + 100))
      try requireEqual(try await state(access).sessions, [last], "once the others have ended")
      try require(last.id > short.id, "ascending ids")
    },

    Check("a sign-in link is traded for one session of its key, within its time, also of two who show it at once") {
      fixture in
      let access = try await fixture.openAccess()
      let beside = try await fixture.openAccessBeside()
      let owner = try await access.addKey(key("Ann"), hasOtherOwner: false)
      _ = try await access.addSession(.link("link 0", of: owner.id, at: now, endsAt: now + 10))
      try requireEqual(
        try await access.useLink("link 0", for: session("late", of: nil, at: now + 10)), nil, "when its time is over")
      let other = try await access.addSession(session("no link", of: owner.id))
      try requireEqual(try await access.useLink(other.sha256, for: session("x", of: nil)), nil, "a session's")
      for round in 1...5 {
        let link = try await access.addSession(.link("link \(round)", of: owner.id, at: now, endsAt: now + 10))
        try requireEqual(link.isLink, true, "a link")
        let opened = try await withThrowingTaskGroup(of: AccessSession?.self) { group in
          for (number, storage) in [access, beside].enumerated() {
            group.addTask { try await storage.useLink("link \(round)", for: session("\(round) \(number)", of: nil)) }
          }
          return try await group.reduce(into: [AccessSession]()) { if let found = $1 { $0.append(found) } }
        }
        try requireEqual(opened.count, 1, "opened in round \(round)")
        try requireEqual(opened.first?.key, owner.id, "its key")
        let kept = try await state(beside).sessions
        try require(kept.contains { $0.id == opened.first?.id && !$0.isLink }, "the session is kept")
        try require(!kept.contains { $0.sha256 == "link \(round)" }, "the link is gone")
      }
    },
  ]

  private static let uses: [Check] = [
    Check("the latest use of a key and of a session is kept, whatever order uses come in") { fixture in
      let access = try await fixture.openAccess()
      let ann = try await access.addKey(key("Ann"), hasOtherOwner: false)
      let opened = try await access.addSession(session("1", of: ann.id))
      try await access.noteUses([
        AccessUse(subject: .key(ann.id), at: now + 20, from: "2001:db8::1"),
        AccessUse(subject: .session(opened.id), at: now + 20, from: nil),
        AccessUse(subject: .key(ann.id), at: now + 10, from: "192.0.2.7"),
        AccessUse(subject: .session(opened.id), at: now - 10, from: "192.0.2.7"),
        AccessUse(subject: .key(ann.id + 1), at: now, from: nil),
      ])
      let found = try await state(access)
      try requireEqual(found.keys.map(\.lastUsedAt), [now + 20], "the key's")
      try requireEqual(found.keys.map(\.lastUsedFrom), ["2001:db8::1"], "from")
      try requireEqual(found.sessions.map(\.lastUsedAt), [now + 20], "the session's")
      try requireEqual(found.sessions.map(\.lastUsedFrom), [nil], "from")
    }
  ]
}
