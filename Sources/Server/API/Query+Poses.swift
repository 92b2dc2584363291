import PoseCore

/// Parameters that several routes for poses share.
extension Query {
  /// `include=details,world,corrected,detection`
  func inclusion() throws -> PoseInclusion {
    let words = try words("include", of: ["details", "world", "corrected", "detection"])
    return PoseInclusion(
      details: words.contains("details"), world: words.contains("world"), corrected: words.contains("corrected"),
      detection: words.contains("detection"))
  }

  /// What ``filter()`` reads.
  static let filterNames = ["imageId", "from", "to", "fileName", "corrected"]

  /// `imageId=65f1a2b3c4d5e6f708192a3b&from=2025-12-10&to=2025-12-11T10:30:00Z&fileName=img&corrected=true`
  func filter() throws -> PoseFilter {
    PoseFilter(
      imageID: try imageID("imageId"), createdFrom: try seconds("from")?.lowerBound,
      createdBefore: try seconds("to")?.upperBound,
      fileName: try names("fileName").map { .contains($0) },
      isCorrected: try choice("corrected", of: ["true", "false"]).map { $0 == "true" })
  }

  private func names(_ name: String) throws -> NameSearch? {
    guard let text = text(name), !text.isEmpty else { return nil }
    let search = NameSearch(text)
    let lengths = text.split(whereSeparator: \.isWhitespace).map(\.unicodeScalars.count)
    guard lengths.count <= NameSearch.mostWords, lengths.allSatisfy({ $0 <= NameSearch.longestWord }) else {
      throw PoseVaultError(
        .badRequest,
        "\(name) takes at most \(NameSearch.mostWords) words of at most \(NameSearch.longestWord) characters each.",
        details: ["parameter": name])
    }
    return search
  }

  private func imageID(_ name: String) throws -> ImageID? {
    guard let text = text(name) else { return nil }
    guard let id = ImageID(text) else {
      throw PoseVaultError(
        .badRequest, "\(name) must be the id of a picture, 24 hexadecimal digits.", details: ["parameter": name])
    }
    return id
  }
}

/// What to show of a pose besides the fields that it always has.
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
