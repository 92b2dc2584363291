/// Who of all servers may sweep, and when. Errors are those of ``RunStore``.
public protocol SweepClaims: Sendable {
  /// Whether this program knows the database as it is now: a newer version beside this one may have upgraded it.
  func knowsSchema() async throws -> Bool

  /// Whether a restore's mark stands or a backup is under way, so that no picture may be swept.
  func isRestoringOrBackingUp(at now: Int64) async throws -> Bool

  /// Whether the caller may sweep at `now`: none of all servers has had the right in the ``sweepInterval`` before.
  func claimSweep(at now: Int64) async throws -> Bool
}

extension SweepClaims {
  /// The least time between two sweeps, in seconds.
  public static var sweepInterval: Int64 { 86_400 }
}
