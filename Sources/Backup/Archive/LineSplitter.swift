/// Cuts bytes that come in pieces into lines.
struct LineSplitter {
  private var rest: [UInt8] = []

  /// Calls `body` with each line that ends in `piece`, without its line feed.
  ///
  /// Throws ``ArchiveDamage`` for a line that is too long to hold in memory.
  mutating func split(_ piece: some Collection<UInt8>, of entry: EntryName, _ body: (ArraySlice<UInt8>) throws -> Void)
    throws
  {
    rest.append(contentsOf: piece)
    var start = rest.startIndex
    // what was there before holds no line feed
    var search = rest.endIndex - piece.count
    while let end = rest[search...].firstIndex(of: 0x0A) {
      try body(rest[start..<end])
      start = end + 1
      search = start
    }
    rest.removeSubrange(..<start)
    guard rest.count <= Self.limit else {
      throw ArchiveDamage(entry.text, "has a line of more than \(Self.limit) bytes")
    }
  }

  /// Throws ``ArchiveDamage`` if bytes follow the last line feed.
  func finish(_ entry: EntryName) throws {
    guard rest.isEmpty else { throw ArchiveDamage(entry.text, "its last line is cut off") }
  }

  private static let limit = 64 << 20
}
