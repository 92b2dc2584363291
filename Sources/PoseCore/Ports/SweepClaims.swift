/// Which of all servers may sweep, and when. Errors are those of ``RunStore``.
public protocol SweepClaims: Sendable {
  /// Whether this program knows the database's current schema: a newer version running alongside may have upgraded it.
  func knowsSchema() async throws -> Bool

  /// Whether there is a restore's mark or a backup in progress, so that no picture may be swept.
  func isRestoringOrBackingUp(at now: Int64) async throws -> Bool

  /// Whether the caller may sweep at `now`: no server has had the right within the last ``sweepInterval``.
  func claimSweep(at now: Int64) async throws -> Bool
}

extension SweepClaims {
  /// The minimum time between two sweeps, in seconds.
  public static var sweepInterval: Int64 { 86_400 }
}
