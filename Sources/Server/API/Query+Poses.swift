import PoseCore

/// What the routes for poses ask in the same words.
extension Query {
  /// `include=details,world,corrected,detection`
  func inclusion() throws -> PoseInclusion {
    let words = try words("include", of: ["details", "world", "corrected", "detection"])
    return PoseInclusion(
      details: words.contains("details"), world: words.contains("world"), corrected: words.contains("corrected"),
      detection: words.contains("detection"))
  }

  /// `from=2025-12-10&to=2025-12-11T10:30:00Z&fileName=img&corrected=true`
  func filter() throws -> PoseFilter {
    PoseFilter(
      createdFrom: try seconds("from")?.lowerBound, createdBefore: try seconds("to")?.upperBound,
      fileName: text("fileName").flatMap { $0.isEmpty ? nil : .contains($0) },
      isCorrected: try choice("corrected", of: ["true", "false"]).map { $0 == "true" })
  }
}

/// What is shown of a pose beside the fields that it always has.
struct PoseInclusion: Sendable, Hashable {
  var details = false
  var world = false
  var corrected = false
  var detection = false

  static let nothing = PoseInclusion()

  /// What must be read for it.
  var parts: PoseParts {
    var parts: PoseParts = []
    if details { parts.insert(.details) }
    if world { parts.insert(.world) }
    if corrected || detection { parts.insert(.detection) }
    return parts
  }
}
