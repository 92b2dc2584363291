import Access
import PoseCore

extension Composition {
  /// As ``withStorage(_:_:)``, and has the command's changes recorded in the audit trail.
  ///
  /// - Parameters:
  ///   - action: the command, such as `backup accept`; nil for nothing.
  ///   - always: whether to record it even if it has changed nothing in the pose database.
  static func withStorage(
    _ stores: Stores, noting action: String?, always: Bool = false, _ body: (Storage) async throws -> Void
  ) async throws {
    try await withStorage(stores) { storage in
      guard let action else { return try await body(storage) }
      let note = AuditNote(commandEntry(action))
      do {
        try await AuditNote.$current.withValue(note) { try await body(storage) }
      } catch {
        // a part of it may have come about
        if note.isWritten { try? await seal(storage.audit) }
        throw error
      }
      if always, !note.isWritten { try await storage.audit.append([note.entry(outcome: 0)]) }
      if always || note.isWritten { try await seal(storage.audit) }
    }
  }

  /// Records a command that has filled a storage, in the audit trail of that storage.
  static func note(_ action: String, in trail: any AuditTrail) async throws {
    try await trail.append([commandEntry(action)])
    try await seal(trail)
  }

  static func commandEntry(_ action: String) -> AuditEntry {
    AuditEntry(at: clock(), server: Machine.name, by: "command", action: action, outcome: 0)
  }

  /// What a server does unasked.
  static func ownEntry(_ action: String) -> AuditEntry {
    AuditEntry(at: clock(), server: Machine.name, by: "program", action: action, outcome: 0)
  }

  /// There may be no server to do it.
  private static func seal(_ trail: any AuditTrail) async throws {
    while try await trail.seal(Machine.name, KeyText.sha256) == AuditLimits.sealedAtOnce {}
  }
}
