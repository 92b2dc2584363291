import PoseCore

/// Something that an archive must not be, and where.
struct ArchiveDamage: Error, Hashable {
  /// An entry's name, or what else of the archive.
  let place: String
  let what: String

  init(_ place: String, _ what: String) {
    self.place = place
    self.what = what
  }

  /// One short line for a person; what an archive holds, anybody may have chosen.
  var line: String {
    EscapedText.line(String("\(place): \(what)".unicodeScalars.prefix(400).map(Character.init)))
  }
}
