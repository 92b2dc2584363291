import PoseCore

/// The text of a file written by a person, in any editor's encoding, as far as that is certain.
enum TextFile {
  /// The byte order mark that a text may begin with.
  enum Mark: Sendable, CaseIterable {
    // before UTF-16, whose little-endian one begins alike
    case utf32Little, utf32Big, utf8, utf16Little, utf16Big

    /// nil if `text` begins with none.
    init?(of text: [UInt8]) {
      guard let mark = Self.allCases.first(where: { text.starts(with: $0.bytes) }) else { return nil }
      self = mark
    }

    var bytes: [UInt8] {
      switch self {
      case .utf32Little: [0xFF, 0xFE, 0, 0]
      case .utf32Big: [0, 0, 0xFE, 0xFF]
      case .utf8: [0xEF, 0xBB, 0xBF]
      case .utf16Little: [0xFF, 0xFE]
      case .utf16Big: [0xFE, 0xFF]
      }
    }
  }

  /// UTF-8 with or without a mark; UTF-16 by its mark, or if the zeros next to ASCII letters reveal it.
  ///
  /// Throws `configuration` for anything else: a guess could yield a different password than intended.
  ///
  /// - Parameter name: of the file, for the error.
  static func decode(_ bytes: [UInt8], name: String) throws -> String {
    let mark = Mark(of: bytes)
    let content = bytes.dropFirst(mark?.bytes.count ?? 0)
    switch mark {
    case .utf32Little, .utf32Big: throw fault(name, "is UTF-32")
    case .utf16Little: return try utf16(content, isBigEndian: false, name)
    case .utf16Big: return try utf16(content, isBigEndian: true, name)
    case .utf8, nil: break
    }
    guard content.contains(0) else {
      if let text = String(validating: content, as: UTF8.self) { return text }
      throw fault(name, "is not UTF-8 (line \(line(ofFaultIn: content)))")
    }
    // a setting begins with an ASCII letter, and no text has a zero in it
    let evenZeros = stride(from: 0, to: content.count, by: 2).count { content[content.startIndex + $0] == 0 }
    let oddZeros = stride(from: 1, to: content.count, by: 2).count { content[content.startIndex + $0] == 0 }
    guard content.count % 2 == 0, min(evenZeros, oddZeros) == 0 else { throw fault(name, "is no text") }
    return try utf16(content, isBigEndian: evenZeros > 0, name)
  }

  private static func utf16(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool, _ name: String) throws -> String {
    let units = units(bytes, isBigEndian: isBigEndian)
    guard bytes.count % 2 == 0, let text = String(validating: units, as: UTF16.self), !text.contains("\0") else {
      throw fault(name, "is damaged UTF-16")
    }
    return text
  }

  private static func units(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) -> [UInt16] {
    stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { index in
      let pair = isBigEndian ? (bytes[index], bytes[index + 1]) : (bytes[index + 1], bytes[index])
      return UInt16(pair.0) << 8 | UInt16(pair.1)
    }
  }

  /// Converts UTF-16 that arrives in pieces to UTF-8. Invalid UTF-16 is replaced: no existing file has such a name.
  struct UTF16Pieces {
    let isBigEndian: Bool
    /// An incomplete character.
    private var rest: [UInt8] = []

    init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

    /// May be empty.
    mutating func decode(_ piece: some Sequence<UInt8>) -> [UInt8] {
      rest += piece
      var length = rest.count / 2 * 2
      // the first half of a pair
      if length > 0, rest[isBigEndian ? length - 2 : length - 1] & 0xFC == 0xD8 { length -= 2 }
      defer { rest.removeFirst(length) }
      return Array(String(decoding: TextFile.units(rest[..<length], isBigEndian: isBigEndian), as: UTF16.self).utf8)
    }
  }

  private static func line(ofFaultIn bytes: ArraySlice<UInt8>) -> Int {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0) + 1
  }

  private static func fault(_ name: String, _ what: String) -> PoseVaultError {
    PoseVaultError(.configuration, "The file \(name) \(what): save it as UTF-8.")
  }
}
