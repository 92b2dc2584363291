/// What an entry contains: later versions may add others, which this one checks and skips.
enum EntryKind: String, CaseIterable {
  case picture, poses, documents, chunks, text, table
  /// For a run in a repository: where its pictures are, and the packs that contain them.
  case places, packs

  /// Whether `text` may be the name of a kind, known or not.
  static func isName(_ text: String) -> Bool {
    (1...32).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
  }
}

/// How many entries of one kind an archive lists.
public struct EntryCount: Sendable, Hashable, Decodable {
  public var kind: String
  public var count: Int
}
