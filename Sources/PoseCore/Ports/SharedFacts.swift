/// Short texts that all servers share. Errors are those of ``RunStore``.
public protocol SharedFacts: Sendable {
  /// A short text that all servers share under `name`, of at most 64 ASCII characters; nil if there is none.
  func fact(_ name: String) async throws -> String?

  /// Sets a fact, or removes it if nil, if it is still `old`; returns whether it was.
  ///
  /// Of several callers at once with the same `old`, at most one succeeds.
  func replaceFact(_ name: String, _ old: String?, with new: String?) async throws -> Bool
}

/// Names of facts.
public enum FactName {
  /// Since when a server has known the schedule, in seconds since 1970.
  public static let scheduleKnownSince = "schedule_known_since"
  /// The retention rules that were last applied.
  public static let retentionRules = "retention_rules"
  /// Problems outside of runs that were last reported in a separate mail.
  public static let alert = "backup_alert"
  /// What the stores have lacked since they were filled by a salvage.
  public static let salvage = "salvage"
  /// The archive whose restore is complete, except that erased data still has to be removed.
  public static let erasing = "erasing"
  /// The archive whose audit trail is being restored, and the greatest id of its entries, or `kept` where the trail here
  /// goes on from all of them.
  public static let restoringTrail = "restoring_trail"
  /// The number that the picture store of this database holds, too, and the one that it is being exchanged for.
  public static let pair = "pair"
  public static let nextPair = "pair_next"
}
