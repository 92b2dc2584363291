/// For how long archives are kept.
public struct RetentionRules: Sendable, Hashable {
  /// For how many of the newest days, weeks and months that have an archive one is kept.
  public var days: Int
  public var weeks: Int
  public var months: Int
  /// BACKUP_KEEP, which alone counts where it is set: the newest days that had a scheduled run.
  public var scheduledDays: Int?
  /// Of all archives together.
  public var maxBytes: Int64?
  /// The hard end, for who must promise one.
  public var maxAgeDays: Int?

  public init(
    days: Int = 30, weeks: Int = 8, months: Int = 12, scheduledDays: Int? = nil, maxBytes: Int64? = nil,
    maxAgeDays: Int? = nil
  ) {
    self.days = days
    self.weeks = weeks
    self.months = months
    self.scheduledDays = scheduledDays
    self.maxBytes = maxBytes
    self.maxAgeDays = maxAgeDays
  }

  /// For a person: what is kept.
  public var text: String {
    var parts: [String]
    if let scheduledDays {
      parts = ["\(scheduledDays) days kept"]
    } else {
      parts = ["\(days) days, \(weeks) weeks and \(months) months kept"]
    }
    if let maxBytes { parts.append("\(maxBytes / 1_000_000_000) GB at most") }
    if let maxAgeDays { parts.append("none older than \(maxAgeDays) days") }
    return parts.joined(separator: ", ")
  }
}
