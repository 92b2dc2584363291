import Access
import PoseCore

/// Whether the audit trail is unchanged.
enum AuditTrailCheck {
  /// - Parameter hash: one that was recorded elsewhere, such as on paper.
  static func run(_ trail: any AuditTrail, lookingFor hash: String?, _ report: inout DoctorReport) async throws {
    var isFound = false
    for chain in try await trail.chains() {
      let finding = try await AuditCheck(trail).check(chain, lookingFor: hash)
      if finding.hasHash { isFound = true }
      if let fault = finding.fault {
        report.tell(.wrong, "The audit trail was changed: \(fault)")
      } else {
        let head = chain.head.map { "; newest: \($0.number), \($0.hash)" } ?? ""
        report.tell(
          .good,
          "The audit trail of \(chain.server) is intact: "
            + "\(finding.count == 1 ? "1 entry" : "\(finding.count) entries")\(head)."
        )
      }
    }
    guard hash != nil else { return }
    report.tell(
      isFound ? .good : .wrong,
      isFound
        ? "The given hash is in the audit trail."
        : "The given hash is not in the audit trail: the trail was rewritten or truncated, or the hash is older than "
          + "AUDIT_KEEP_DAYS.")
  }
}
