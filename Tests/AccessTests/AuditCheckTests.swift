import EmbeddedStorage
import Foundation
import GRDB
import PoseCore
import Testing

@testable import Access

private let now: Int64 = 1_765_362_600

@Suite("The check of the audit trail")
struct AuditCheckTests {
  private func withTrail(_ body: (any AuditTrail, _ database: String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let storage = try await EmbeddedStorage.open(folder, role: .server)
    let recorder = AuditRecorder(server: "here", storage.audit, clock: { now })
    for number in 1...5 {
      try await recorder.note(
        AuditEntry(
          at: now, server: "here", by: "1", action: "DELETE /api/poses/{id}", subjects: ["pose \(number)"], outcome: 200
        ))
    }
    try await recorder.work()
    try await body(storage.audit, folder + "/posevault.sqlite")
    try await storage.close()
  }

  private func finding(_ trail: any AuditTrail, _ hash: String? = nil) async throws -> AuditCheck.Finding {
    let chain = try #require(try await trail.chains().first)
    return try await AuditCheck(trail).check(chain, lookingFor: hash)
  }

  @Test("a chain as it was written is whole, and has each hash that was noted of it")
  func whole() async throws {
    try await withTrail { trail, _ in
      let hashes = try await trail.sealed(of: "here", after: 0, limit: 9).compactMap { $0.seal?.hash }
      #expect(hashes.count == 5 && hashes.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{64}/) != nil })
      let whole = AuditCheck.Finding(fault: nil, count: 5, hasHash: true, firstAt: now)
      for hash in hashes { #expect(try await finding(trail, hash) == whole) }
      #expect(try await finding(trail, String(repeating: "0", count: 64)).hasHash == false)
      _ = try await trail.removeEntries(before: now + 1)
      #expect(try await finding(trail, hashes[4]) == .init(fault: nil, count: 1, hasHash: true, firstAt: now))
    }
  }

  @Test(
    "what somebody changes in the database shows",
    arguments: [
      ("UPDATE posevault_audit SET caller = '2' WHERE number = 3", "Entry 3 of here is not what was written."),
      ("UPDATE posevault_audit SET subjects = '' WHERE number = 3", "Entry 3 of here is not what was written."),
      ("DELETE FROM posevault_audit WHERE number = 3", "Entry 3 of here is missing."),
      ("DELETE FROM posevault_audit WHERE number = 5", "The entries of here behind number 4 are missing."),
      ("UPDATE posevault_audit SET hash = 'x' WHERE number = 5", "Entry 5 of here is not what was written."),
      (
        "DELETE FROM posevault_audit WHERE number = 3; UPDATE posevault_audit SET number = number - 1 WHERE number > 3",
        "Entry 3 of here is not what was written."
      ),
      (
        "\(Self.insert(0)); \(Self.insert(-1))",
        "The trail of here has entries beside its chain, which begins at 1."
      ),
      (
        "\(Self.base(2)); DELETE FROM posevault_audit WHERE number < 3; \(Self.insert(1))",
        "The trail of here has entries beside its chain, which begins at 3."
      ),
      (
        "UPDATE posevault_audit_chains SET head_hash = 'x'", "The newest hash of here is not that of entry 5."
      ),
    ])
  func changed(sql: String, fault: String) async throws {
    try await withTrail { trail, database in
      try await DatabaseQueue(path: database).write { db in try db.execute(sql: sql) }
      #expect(try await finding(trail).fault == fault)
    }
  }

  private static func insert(_ number: Int) -> String {
    """
    INSERT INTO posevault_audit (at, server, caller, action, subjects, outcome, count, number, hash)
    VALUES (\(now), 'here', '1', 'x', '', 200, 1, \(number), 'x')
    """
  }

  private static func base(_ number: Int) -> String {
    """
    UPDATE posevault_audit_chains SET base_number = \(number), base_hash = (
      SELECT hash FROM posevault_audit WHERE number = \(number))
    """
  }

  @Test("sealed entries without a chain show; entries that wait for their seal don't")
  func withoutChain() async throws {
    try await withTrail { trail, database in
      #expect(try await AuditCheck(trail).serversWithoutChain() == [])
      try await trail.append([AuditEntry(at: now, server: "elsewhere", by: "1", action: "x", outcome: 0)])
      #expect(try await AuditCheck(trail).serversWithoutChain() == [])
      try await DatabaseQueue(path: database).write { db in
        try db.execute(sql: "DELETE FROM posevault_audit_chains")
      }
      #expect(try await AuditCheck(trail).serversWithoutChain() == ["here"])
    }
  }

  @Test("entries of a server that never comes back are sealed, and go by their age")
  func leftBehind() async throws {
    try await withTrail { trail, _ in
      func entry(_ number: Int64) -> AuditEntry {
        AuditEntry(at: now + number, server: "gone", by: "1", action: "x", outcome: 0)
      }
      try await trail.append((1...3).map { entry($0) })
      try await trail.retire(before: now + 3)
      let left = try await trail.entries(of: AuditFilter(server: "gone"), before: nil, limit: 9)
      #expect(left.map { $0.entry.at } == [now + 3, now + 2])
      #expect(left.map { $0.seal?.number } == [3, 2])
    }
  }
}
