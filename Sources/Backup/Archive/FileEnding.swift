import PoseCore

/// The extension of a picture's name: one to eight lower-case letters and digits, packed into one word, because an
/// archive lists one for each picture.
struct FileEnding: Hashable, Sendable {
  /// One byte per letter, the first in the highest; zeros after the last.
  private let letters: UInt64

  /// nil for an invalid extension.
  init?(_ text: some StringProtocol) {
    let isWhole = text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
    guard (1...8).contains(text.utf8.count), isWhole else { return nil }
    self.init(packing: text.utf8)
  }

  /// For a picture of that format; ``bin`` for bytes of an unknown format.
  init(startingWith bytes: some Sequence<UInt8>) {
    self = ImageFormat(startingWith: bytes).map(FileEnding.init) ?? .bin
  }

  /// ``ImageFormat/fileExtension`` alone defines the extension of a format's files.
  init(_ format: ImageFormat) {
    self.init(packing: format.fileExtension.utf8)
  }

  /// - Parameter word: from ``word``.
  init(word: UInt64) { letters = word }

  /// All of it in one word.
  var word: UInt64 { letters }

  private init(packing text: some Collection<UInt8>) {
    letters = text.prefix(8).enumerated().reduce(0) { $0 | UInt64($1.element) << (56 - 8 * $1.offset) }
  }

  var text: String {
    String(
      decoding: (0..<8).map { UInt8(truncatingIfNeeded: letters >> (56 - 8 * $0)) }.prefix { $0 != 0 }, as: UTF8.self)
  }

  static let bin = FileEnding(packing: "bin".utf8)
  /// Less than all others.
  static let least = FileEnding(packing: [])
}

extension FileEnding: Comparable {
  /// In the order of their texts.
  static func < (a: FileEnding, b: FileEnding) -> Bool { a.letters < b.letters }
}
