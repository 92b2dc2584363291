public import PoseCore

/// What a storage's tests supply so that ``AuditTrailContract`` can try its trail; new and empty for each check.
public protocol AuditTrailFixture: Sendable {
  /// Opens the storage; called again, it first closes what was opened before, as a restart would.
  func openAudit() async throws -> any AuditTrail

  /// The same, with what may be changed there.
  func openAudited() async throws -> (
    audit: any AuditTrail, poses: any ArchivablePoses, access: any AccessKeys, uploads: any UploadKeys,
    runs: any RunStore
  )

  /// Opens the same storage once more, as another process or server beside the first one does.
  func openAuditBeside() async throws -> any AuditTrail
}

/// What every ``AuditTrail`` must do.
public enum AuditTrailContract {
  public typealias Check = StorageCheck<any AuditTrailFixture>

  private static let now: Int64 = 1_765_362_600

  private static func entry(
    _ number: Int, server: String = "a", by: String = "1", action: String = "DELETE /api/poses/:id"
  ) -> AuditEntry {
    AuditEntry(
      at: now + Int64(number), server: server, by: by, session: number % 2 == 0 ? number : nil,
      from: number % 3 == 0 ? nil : "2001:db8::\(number)", request: "r\(number)", action: action,
      subjects: number % 4 == 0 ? [] : ["pose \(number)", "image \(number)"], outcome: 200 + number, count: number + 1)
  }

  /// Any hash will do here.
  @Sendable private static func hash(_ content: [UInt8]) -> String {
    // FNV-1a, of 64 bits
    let value = content.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return String(value, radix: 16)
  }

  /// Throws unless the chain is whole, as one who reads it computes it; returns its numbers.
  private static func requireWhole(_ chain: AuditChain, _ trail: any AuditTrail) async throws -> [Int] {
    var last = chain.base ?? AuditSeal(number: 0, hash: "")
    var numbers: [Int] = []
    for line in try await trail.sealed(of: chain.server, after: 0, limit: 10_000) {
      let expected = AuditSeal(
        number: last.number + 1, hash: hash(line.sealedContent(number: last.number + 1, after: last.hash)))
      try requireEqual(line.seal, expected, "the seal of \(line.id)")
      last = expected
      numbers.append(expected.number)
    }
    try requireEqual(chain.head, last, "the head of \(chain.server)")
    return numbers
  }

  public static let checks: [Check] = [
    Check("entries are kept as they are, newest first, also over a restart") { fixture in
      let first = try await fixture.openAudit()
      try await first.append([])
      try await first.append((0..<3).map { entry($0) })
      try await first.append([entry(3)])
      let trail = try await fixture.openAudit()
      let lines = try await trail.entries(of: AuditFilter(), before: nil, limit: 10)
      try requireEqual(lines.map(\.entry), (0..<4).reversed().map { entry($0) }, "entries")
      try require(zip(lines, lines.dropFirst()).allSatisfy { $0.id > $1.id }, "descending ids")
      try requireEqual(lines.map(\.seal), [nil, nil, nil, nil], "seals")
      let page = try await trail.entries(of: AuditFilter(), before: lines[1].id, limit: 1)
      try requireEqual(page, [lines[2]], "a page")
    },

    Check("each condition of a filter counts") { fixture in
      let trail = try await fixture.openAudit()
      try await trail.append([
        entry(1), entry(2, by: "2"), entry(3, action: "key add"), entry(5, server: "b"), entry(11),
      ])
      func found(_ filter: AuditFilter) async throws -> [Int64] {
        try await trail.entries(of: filter, before: nil, limit: 10).map { $0.entry.at - now }
      }
      try requireEqual(try await found(AuditFilter(by: "2")), [2], "by")
      try requireEqual(try await found(AuditFilter(action: "key ")), [3], "the action's beginning")
      try requireEqual(try await found(AuditFilter(action: "poses")), [], "a part of the action")
      try requireEqual(try await found(AuditFilter(subject: "pose 1")), [1], "a subject, and none that begins so")
      try requireEqual(try await found(AuditFilter(from: now + 3, before: now + 11)), [5, 3], "a time")
      try requireEqual(try await found(AuditFilter(server: "b")), [5], "a server")
      try requireEqual(try await found(AuditFilter(by: "1", server: "b")), [5], "two")
      try requireEqual(try await found(AuditFilter(by: "2", server: "b")), [], "two that exclude each other")
    },

    Check("each server's entries are numbered and chained in their order, by whomever and whenever they are sealed") {
      fixture in
      let trail = try await fixture.openAudit()
      let beside = try await fixture.openAuditBeside()
      try requireEqual(try await trail.seal("a", hash), 0, "nothing to seal")
      try requireEqual(try await trail.chains(), [], "no chains")
      try await trail.append([entry(1), entry(2, server: "b"), entry(3)])
      try requireEqual(try await trail.seal("a", hash), 2, "sealed")
      try requireEqual(try await trail.seal("a", hash), 0, "sealed again")
      try await trail.append((4..<1004).map { entry($0) })
      let counts = try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<8 { group.addTask { try await (number % 2 == 0 ? trail : beside).seal("a", hash) } }
        return try await group.reduce(0, +)
      }
      try requireEqual(counts, 1000, "sealed by eight")
      try requireEqual(try await trail.seal("b", hash), 1, "of the other")
      let chains = try await beside.chains()
      try requireEqual(chains.map(\.server), ["a", "b"], "chains")
      try requireEqual(chains.map(\.base), [nil, nil], "bases")
      try requireEqual(try await requireWhole(chains[0], trail), Array(1...1002), "the first chain")
      try requireEqual(try await requireWhole(chains[1], trail), [1], "the second")
    },

    Check("every server with an entry is known, and how many of its entries bear a number") { fixture in
      let trail = try await fixture.openAudit()
      try requireEqual(try await trail.servers(), [], "of a new storage")
      try await trail.append([entry(1, server: "b"), entry(2), entry(3)])
      _ = try await trail.seal("a", hash)
      try requireEqual(try await trail.servers(), ["a", "b"], "servers")
      try requireEqual(try await trail.countSealed(of: "a", through: 1), 1, "one")
      try requireEqual(try await trail.countSealed(of: "a", through: .max), 2, "all")
      try requireEqual(try await trail.countSealed(of: "b", through: .max), 0, "unsealed")
    },

    Check("what is old is removed from a chain's beginning but for the newest of it, and the rest stays whole") {
      fixture in
      let trail = try await fixture.openAudit()
      try await trail.append((1...10).map { entry($0) } + (1...3).map { entry($0, server: "b") })
      for server in ["a", "b"] { _ = try await trail.seal(server, hash) }
      // not sealed yet
      try await trail.append([entry(0)])
      try requireEqual(try await trail.removeEntries(before: now + 5), 5, "removed")
      try requireEqual(try await trail.removeEntries(before: now + 5), 0, "removed again")
      _ = try await trail.seal("a", hash)
      let chains = try await trail.chains()
      try requireEqual(chains.map { $0.base?.number }, [3, 2], "bases")
      try requireEqual(try await requireWhole(chains[0], trail), Array(4...11), "the rest")
      try requireEqual(try await requireWhole(chains[1], trail), [3], "a chain that is old as a whole")
      // of a clock that went back: it lies behind what is kept
      try requireEqual(try await trail.removeEntries(before: now + 5), 0, "removed from the middle")
      try await trail.append([entry(20, server: "b")])
      _ = try await trail.seal("b", hash)
      try requireEqual(try await requireWhole(try await trail.chains()[1], trail), [3, 4], "it goes on")
    },

    Check("a change is noted in its own transaction, with what it was about; one that does not come about is not") {
      fixture in
      let (audit, poses, access, uploads, runs) = try await fixture.openAudited()
      let (one, rows) = try await noting(audit) { try await poses.insert([Sample.pose(1)]) }
      try requireEqual(one, ["x 1", "pose \(rows[0].id)", "image \(rows[0].imageID)"], "one pose")
      let (two, both) = try await noting(audit) {
        try await uploads.insert(
          [Sample.pose(2), Sample.pose(2)], for: KeyedUpload(key: "k", content: "c"), at: now
        ) { _ in Array("{}".utf8) }
      }
      try requireEqual(two?.count, both[0].imageID == both[1].imageID ? 4 : 5, "two poses, by a key of the upload")
      let id = rows[0].id
      let keypoints = rows[0].keypoints
      let (updated, _) = try await noting(audit) {
        try await poses.update(id, keypoints: keypoints, at: now, if: { _ in })
      }
      try requireEqual(updated, ["x 1", "pose \(id)"], "a correction")
      let (reverted, _) = try await noting(audit) { try await poses.revert(id, at: now, with: [], if: { _ in }) }
      try requireEqual(reverted, ["x 1", "pose \(id)"], "a revert")
      let (missing, _) = try await noting(audit) { try await poses.delete(id + 100, if: { _ in }) }
      try requireEqual(missing, nil, "a pose that is not there")
      let refused = AuditNote(AuditEntry(at: now, server: "a", by: "7", action: "test", outcome: 200))
      try await requireError(.preconditionFailed, "a condition") {
        try await AuditNote.$current.withValue(refused) {
          _ = try await poses.delete(id, if: { _ in throw PoseVaultError(.preconditionFailed, "no") })
        }
      }
      try requireEqual(refused.isWritten, false, "what a condition refuses")
      let (deleted, _) = try await noting(audit) { try await poses.delete(id, if: { _ in }) }
      try requireEqual(deleted, ["x 1", "pose \(id)", "image \(rows[0].imageID)"], "a deletion")
      let (added, key) = try await noting(audit) {
        try await access.addKey(
          NewAccessKey(name: "a", role: .owner, sha256: "a", createdAt: now, endsAt: nil), hasOtherOwner: false)
      }
      try requireEqual(added, ["x 1", "key \(key.id)"], "a key")
      let link = AuditNote(AuditEntry(at: now, server: "a", by: "nobody", action: "test", outcome: 200))
      _ = try await access.addSession(.link("link", of: key.id, at: now, endsAt: now + 10))
      let opened = try await AuditNote.$current.withValue(link) {
        let session = AccessSession(
          id: 0, sha256: "b", key: nil, binding: nil, createdAt: now, endsAt: now + 10, lastUsedAt: now,
          lastUsedFrom: nil)
        return try await access.useLink("link", for: session)
      }
      let signIn = try await audit.entries(of: AuditFilter(), before: nil, limit: 1).first?.entry
      try requireEqual(signIn?.by, "\(key.id)", "whose sign-in by a link")
      try requireEqual(signIn?.subjects, opened.map { ["session \($0.id)"] }, "its session")
      let (run, _) = try await noting(audit) { try await runs.beginBackup(Sample.origin(at: now)) }
      try requireEqual(run?.last?.hasPrefix("backup "), true, "a backup")
      // without a note, nothing is noted
      let before = try await audit.entries(of: AuditFilter(), before: nil, limit: 100)
      _ = try await poses.insert([Sample.pose(3)])
      try requireEqual(try await audit.entries(of: AuditFilter(), before: nil, limit: 100), before, "entries")
    },

    Check("what was changed, cut out or put in shows") { fixture in
      let trail = try await fixture.openAudit()
      try await trail.append((1...5).map { entry($0) })
      _ = try await trail.seal("a", hash)
      var lines = try await trail.sealed(of: "a", after: 0, limit: 10)
      let head = try await trail.chains().first?.head
      func computed() -> AuditSeal {
        lines.reduce(AuditSeal(number: 0, hash: "")) { last, line in
          AuditSeal(number: last.number + 1, hash: hash(line.sealedContent(number: last.number + 1, after: last.hash)))
        }
      }
      try requireEqual(computed(), head, "as it is")
      lines[2].entry.by = "2"
      try require(computed() != head, "changed")
      lines.remove(at: 2)
      try require(computed() != head, "cut out")
    },
  ]

  /// What the entry of some work is about, where one was written, and what the work gives.
  private static func noting<Value: Sendable>(
    _ audit: any AuditTrail, _ work: () async throws -> Value
  ) async throws -> ([String]?, Value) {
    let before = try await audit.entries(of: AuditFilter(), before: nil, limit: 100).count
    let note = AuditNote(AuditEntry(at: now, server: "a", by: "7", action: "test", subjects: ["x 1"], outcome: 200))
    let value = try await AuditNote.$current.withValue(note) { try await work() }
    let entries = try await audit.entries(of: AuditFilter(), before: nil, limit: 100)
    try requireEqual(entries.count - before, note.isWritten ? 1 : 0, "entries of a note")
    return (note.isWritten ? entries.first?.entry.subjects : nil, value)
  }
}
