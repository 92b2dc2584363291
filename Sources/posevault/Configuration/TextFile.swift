import PoseCore

/// The text of a file that a person has written, in whatever encoding his editor uses, as far as that is certain.
enum TextFile {
  /// UTF-8 with or without a mark; UTF-16 by its mark, or where the zeros beside ASCII letters tell it.
  ///
  /// Throws `configuration` for anything else: a guess could read another password than was meant.
  ///
  /// - Parameter name: of the file, for the error.
  static func decode(_ bytes: [UInt8], name: String) throws -> String {
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
      throw fault(name, "is UTF-32")
    }
    if bytes.starts(with: [0xFF, 0xFE]) { return try utf16(bytes.dropFirst(2), isBigEndian: false, name) }
    if bytes.starts(with: [0xFE, 0xFF]) { return try utf16(bytes.dropFirst(2), isBigEndian: true, name) }
    let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
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
    let units = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2).map { index -> UInt16 in
      let pair = isBigEndian ? (bytes[index], bytes[index + 1]) : (bytes[index + 1], bytes[index])
      return UInt16(pair.0) << 8 | UInt16(pair.1)
    }
    guard bytes.count % 2 == 0, let text = String(validating: units, as: UTF16.self), !text.contains("\0") else {
      throw fault(name, "is damaged UTF-16")
    }
    return text
  }

  private static func line(ofFaultIn bytes: ArraySlice<UInt8>) -> Int {
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0) + 1
  }

  private static func fault(_ name: String, _ what: String) -> PoseVaultError {
    PoseVaultError(.configuration, "The file \(name) \(what): save it as UTF-8.")
  }
}
