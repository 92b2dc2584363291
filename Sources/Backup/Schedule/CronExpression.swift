import PoseCore

/// When something is due, as Vixie's cron writes it: minute, hour, day of month, month, day of week.
///
/// A field is `*`, a number, a name (`jan`, `Monday`, in either case), a range `a-b`, any of them but a number with a step
/// `/n`, or a list of these with commas. Sunday is 0 and 7. Where both day fields are restricted, a day that fits
/// either is due; a field that begins with `*` does not restrict. `@daily` and its like stand for whole expressions.
/// Six fields are accepted where the first, the seconds, is 0. Source: crontab(5) of Vixie's cron.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
  /// As it was written.
  public let description: String
  let minutes: CronField
  let hours: CronField
  let daysOfMonth: CronField
  let months: CronField
  let daysOfWeek: CronField

  /// Throws `configuration` with the first fault.
  public init(_ text: String) throws {
    description = text
    var fields = text.split { $0 == " " || $0 == "\t" }
    if fields.count == 1, let name = fields.first, name.hasPrefix("@") {
      guard let expression = Self.names[name.lowercased()] else {
        throw Self.fault("\(name) is not one of \(Self.names.keys.sorted().joined(separator: ", "))")
      }
      fields = expression.split(separator: " ")
    }
    if fields.count == 6 {
      guard fields.removeFirst().allSatisfy({ $0 == "0" }) else {
        throw Self.fault("of six fields the first, the seconds, must be 0")
      }
    }
    guard fields.count == 5 else {
      throw Self.fault("five fields are expected (minute, hour, day of month, month, day of week)")
    }
    minutes = try CronField(fields[0], .minute)
    hours = try CronField(fields[1], .hour)
    daysOfMonth = try CronField(fields[2], .dayOfMonth)
    months = try CronField(fields[3], .month)
    daysOfWeek = try CronField(fields[4], .dayOfWeek)
  }

  /// Whether the expression is due at some minute of the day; `weekday` counts from Sunday, 0.
  func isDue(month: Int, day: Int, weekday: Int) -> Bool {
    guard months.contains(month) else { return false }
    let (fitsMonth, fitsWeek) = (daysOfMonth.contains(day), daysOfWeek.contains(weekday))
    // An unrestricted field fits always, unless it has a step: then both must fit.
    return daysOfMonth.isStarred || daysOfWeek.isStarred ? fitsMonth && fitsWeek : fitsMonth || fitsWeek
  }

  static func fault(_ what: String) -> PoseVaultError {
    PoseVaultError(.configuration, "Not a schedule: \(what).")
  }

  private static let names = [
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
  ]
}
