import Access
import PoseCore
import Synchronization

/// Keys and sessions in memory, by the same rules as in storages.
final class MemoryAccess: AccessKeys {
  private struct State {
    var known = AccessState(version: 0, isClosed: false, keys: [], sessions: [])
    var lastID = 0

    mutating func nextID() -> Int {
      known.version += 1
      lastID += 1
      return lastID
    }
  }

  private let state = Mutex(State())

  /// Makes a key and returns its text.
  func make(_ role: AccessRole, endsAt: Int64? = nil) async throws -> String {
    let text = KeyText.makeKey()
    let key = try NewAccessKey(
      name: role.rawValue, role: role, sha256: KeyText.digest(text), createdAt: testTime, endsAt: endsAt)
    _ = try await addKey(key, hasOtherOwner: true)
    return text
  }

  func accessState(since version: Int?) async throws -> AccessState? {
    state.withLock { $0.known.version == version ? nil : $0.known }
  }

  func addKey(_ key: NewAccessKey, hasOtherOwner: Bool) async throws -> AccessKey {
    try state.withLock { state in
      try state.known.keys.requireAddable(key, hasOtherOwner: hasOtherOwner)
      let kept = AccessKey(
        id: state.nextID(), name: key.name, role: key.role, sha256: key.sha256, createdAt: key.createdAt,
        endsAt: key.endsAt)
      state.known.keys.append(kept)
      state.known.isClosed = true
      return kept
    }
  }

  func revokeKey(_ id: Int, at now: Int64, hasOtherOwner: Bool) async throws -> AccessKey? {
    try state.withLock { state in
      guard let index = state.known.keys.firstIndex(where: { $0.id == id }) else { return nil }
      try state.known.keys.requireRevocable(id, at: now, hasOtherOwner: hasOtherOwner)
      state.known.keys[index].revokedAt = state.known.keys[index].revokedAt ?? now
      state.known.sessions.removeAll { $0.key == id }
      _ = state.nextID()
      return state.known.keys[index]
    }
  }

  func addSession(_ session: AccessSession) async throws -> AccessSession {
    state.withLock { state in
      var kept = session
      kept.id = state.nextID()
      state.known.sessions.append(kept)
      return kept
    }
  }

  func useLink(_ sha256: String, for session: AccessSession) async throws -> AccessSession? {
    state.withLock { state in
      let place = state.known.sessions.firstIndex { $0.sha256 == sha256 && $0.isLink && $0.endsAt > session.createdAt }
      guard let place else { return nil }
      var kept = session
      kept.key = state.known.sessions.remove(at: place).key
      kept.id = state.nextID()
      state.known.sessions.append(kept)
      return kept
    }
  }

  func endSession(_ id: Int) async throws -> Bool {
    state.withLock { state in
      let count = state.known.sessions.count
      state.known.sessions.removeAll { $0.id == id }
      _ = state.nextID()
      return state.known.sessions.count < count
    }
  }

  func noteUses(_ uses: [AccessUse]) async throws {}
  func closeAccess() async throws {
    state.withLock { state in
      state.known.isClosed = true
      _ = state.nextID()
    }
  }
}
