/// Words such as `=?utf-8?B?w5xidW5n?=` (RFC 2047).
enum EncodedWords {
  /// The text of a value that contains such words; nil if there are none, or one of them can't be read.
  ///
  /// White space between two of them is not part of the text: a long word has to be split into several.
  static func text(_ bytes: [UInt8]) -> String? {
    guard bytes.firstRange(of: Array("=?".utf8)) != nil else { return nil }
    var text = ""
    var followsWord = false
    var found = false
    var rest = bytes[...]
    while !rest.isEmpty {
      let space = rest.prefix(while: isSpace)
      let piece = rest.dropFirst(space.count).prefix { !isSpace($0) }
      rest = rest.dropFirst(space.count + piece.count)
      let word = Word(piece)
      if word == nil || !followsWord { text += ClientText.text(space) }
      if let word {
        guard let decoded = word.text else { return nil }
        text += decoded
        found = true
      } else {
        text += ClientText.text(piece)
      }
      followsWord = word != nil
    }
    return found ? text : nil
  }

  /// Including line breaks, since a header may extend over several lines.
  private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0D, 0x0A].contains(byte) }

  private struct Word {
    let charset: String
    let encoding: String
    let content: ArraySlice<UInt8>

    /// nil for anything not in this form.
    init?(_ piece: ArraySlice<UInt8>) {
      guard piece.count >= 8, piece.starts(with: "=?".utf8), piece.suffix(2).elementsEqual("?=".utf8) else {
        return nil
      }
      let parts = piece.dropFirst(2).dropLast(2).split(
        separator: UInt8(ascii: "?"), maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return nil }
      // a language may follow the charset (RFC 2231)
      charset = ClientText.text(parts[0].prefix { $0 != UInt8(ascii: "*") })
      encoding = ClientText.text(parts[1]).lowercased()
      content = parts[2]
    }

    var text: String? {
      switch encoding {
      case "b":
        Self.base64(content).flatMap { ClientText.text($0, charset: charset) }
      case "q":
        ClientText.percentDecoded(content.flatMap(Self.percentForm)).flatMap { ClientText.text($0, charset: charset) }
      default: nil
      }
    }

    private static func base64(_ content: ArraySlice<UInt8>) -> [UInt8]? {
      var decoder = Base64Decoder()
      guard let bytes = try? decoder.decode(content), let rest = try? decoder.finish() else { return nil }
      return bytes + rest
    }

    /// Encoding "Q" is percent encoding with different characters.
    private static func percentForm(_ byte: UInt8) -> [UInt8] {
      switch byte {
      case UInt8(ascii: "_"): [UInt8(ascii: " ")]
      case UInt8(ascii: "="): [UInt8(ascii: "%")]
      case UInt8(ascii: "%"): Array("%25".utf8)
      default: [byte]
      }
    }
  }
}
