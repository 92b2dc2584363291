import PoseCore

/// Brings an archive's audit trail back, before what the stores have noted themselves.
///
/// Servers on the same stores go on writing and sealing meanwhile: so the archive's chains are begun and room is made in
/// one step, and what they add comes behind.
struct TrailRestore: Sendable {
  let target: RestoreTarget
  /// Names the archive.
  let fingerprint: String

  /// Whether the archive's entries are to be stored. They are not where the trail here goes on from all of them, as in
  /// stores that were only emptied.
  ///
  /// - Parameters:
  ///   - chains: the archive's.
  ///   - id: the greatest of its entries.
  ///   - parts: which of these servers' newest entries, as they are here, the archive has among its own.
  func begin(
    _ chains: [AuditChain], upTo id: Int, parts: @Sendable ([String: AuditSeal]) async throws -> Set<String>
  ) async throws -> Bool {
    guard let trail = target.poses.trail else { return false }
    let standing = try await target.runs.fact(FactName.restoringTrail)
    if let standing, standing.hasPrefix(fingerprint + " ") { return !standing.hasSuffix(Self.kept) }
    let own = try await trail.chains()
    let isKept = try await Self.isPart(chains, of: trail, whoseChainsAre: own)
    if !isKept {
      let heads = Dictionary(
        own.compactMap { chain in chain.head.map { (chain.server, $0) } }, uniquingKeysWith: { first, _ in first })
      let replaced = try await heads.isEmpty ? [] : parts(heads)
      try await trail.makeRoom(for: chains, upTo: id, replacing: replaced)
    }
    _ = try await target.runs.replaceFact(
      FactName.restoringTrail, standing, with: "\(fingerprint) \(isKept ? Self.kept : "\(id)")")
    return !isKept
  }

  /// The restore has stored all of it.
  static func finish(_ target: RestoreTarget) async throws {
    _ = try await target.runs.replaceFact(
      FactName.restoringTrail, target.runs.fact(FactName.restoringTrail), with: nil)
  }

  /// Takes out again what an interrupted restore has stored.
  static func undo(_ target: RestoreTarget) async throws {
    guard let standing = try await target.runs.fact(FactName.restoringTrail) else { return }
    if let id = standing.split(separator: " ").last.flatMap({ Int($0) }) {
      try await target.poses.trail?.removeRestored(upTo: id)
    }
    try await finish(target)
  }

  /// Whether the trail here has the newest entries of all these chains. Entries tell, since a restore that was interrupted
  /// may have begun the chains without them.
  private static func isPart(
    _ chains: [AuditChain], of trail: any RestorableTrail, whoseChainsAre own: [AuditChain]
  ) async throws -> Bool {
    for chain in chains {
      guard let head = chain.head, let mine = own.first(where: { $0.server == chain.server }) else { return false }
      let entry = try await trail.sealed(of: chain.server, after: head.number - 1, limit: 1).first
      guard entry?.seal == head || mine.base == head else { return false }
    }
    return !chains.isEmpty
  }

  private static let kept = "kept"
}

extension AuditLine {
  /// Whether it is the newest entry of its server.
  func isNewest(of heads: [String: AuditSeal]) -> Bool { seal.map { heads[entry.server] == $0 } ?? false }

  /// Whether the entry in the stores is the archive's: what was not sealed yet may be by now.
  func isRestored(as stored: AuditLine) -> Bool {
    id == stored.id && entry == stored.entry && (seal == nil || seal == stored.seal)
  }
}
