import Access
import PoseCore

/// Whether the audit trail is unchanged.
enum AuditTrailCheck {
  /// - Parameters:
  ///   - hash: one that was noted elsewhere, such as on paper.
  ///   - keepDays: AUDIT_KEEP_DAYS.
  static func run(
    _ trail: any AuditTrail, lookingFor hash: String?, keepDays: Int, at now: Int64, _ report: inout DoctorReport
  ) async throws {
    var isFound = false
    let check = AuditCheck(trail)
    let chains = try await trail.chains()
    for chain in chains {
      let finding = try await check.check(chain, lookingFor: hash)
      if finding.hasHash { isFound = true }
      if let fault = finding.fault {
        report.tell(.wrong, "The audit trail was changed: \(fault)")
        continue
      }
      let head = chain.head.map { "; newest: \($0.number), \($0.hash)" } ?? ""
      let count = finding.count == 1 ? "1 entry" : "\(finding.count) entries"
      report.tell(
        .good,
        "The audit trail of \(chain.server) is intact: \(count), from number \((chain.base?.number ?? 0) + 1) on\(head)."
      )
      // the newest of the old entries is kept, so where some were removed, the first one left is that old
      if let base = chain.base, (finding.firstAt ?? now) > now - Int64(keepDays) * 86_400 {
        report.tell(
          .notice,
          "The audit trail of \(chain.server) lacks entries 1 to \(base.number), though the first one left is younger "
            + "than AUDIT_KEEP_DAYS (\(keepDays)): somebody removed them, or the setting was lower before.")
      }
    }
    for server in try await check.serversWithoutChain() {
      report.tell(.wrong, "The audit trail was changed: the chain of \(server) is missing.")
    }
    if chains.isEmpty { report.tell(.good, "The audit trail has no sealed entries.") }
    guard hash != nil else { return }
    report.tell(
      isFound ? .good : .wrong,
      isFound
        ? "The given hash is in the audit trail."
        : "The given hash is not in the audit trail: the trail was rewritten or truncated, or the hash is older than "
          + "AUDIT_KEEP_DAYS.")
  }
}
