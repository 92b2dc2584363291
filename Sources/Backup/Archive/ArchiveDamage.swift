import PoseCore

/// Something wrong with an archive, and where.
struct ArchiveDamage: Error, Hashable {
  /// An entry's name, or another part of the archive.
  let place: String
  let what: String

  init(_ place: String, _ what: String) {
    self.place = place
    self.what = what
  }

  /// One short line for a person; anybody may have chosen an archive's content.
  var line: String {
    EscapedText.line(String("\(place): \(what)".unicodeScalars.prefix(400).map(Character.init)))
  }
}
