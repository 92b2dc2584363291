import Access
import PoseCore

/// Whether the audit trail of an archive is what servers wrote.
///
/// What is wrong with it is told and is no damage: the archive is what the database was, and is kept as it was.
enum TrailProof {
  /// - Parameter poses: the throwaway database into which the archive's rows were restored.
  static func faults(_ manifest: Manifest, _ poses: any ArchivablePoses) async throws -> [String] {
    guard let trail = poses.trail, manifest.tables.contains(where: { $0.name == AuditLine.table }) else { return [] }
    var faults: [String] = []
    var heads = Dictionary(manifest.audit.map { ($0.server, $0) }, uniquingKeysWith: { first, _ in first })
    for chain in try await trail.chains() {
      let head = heads.removeValue(forKey: chain.server)
      let finding = try await AuditCheck(trail).check(chain, lookingFor: head?.hash)
      if let fault = finding.fault { faults.append("The audit trail in it was changed: \(fault)") }
      // what was too old went between the reading of the hash and that of the rows
      if let head, !finding.hasHash, chain.base?.number ?? 0 < head.number { faults.append(missing(head)) }
    }
    return faults + heads.values.sorted { $0.server < $1.server }.map(missing)
  }

  private static func missing(_ head: AuditHead) -> String {
    "The audit trail in it lacks entry \(head.number) of \(head.server), whose hash is in manifest.json."
  }
}
