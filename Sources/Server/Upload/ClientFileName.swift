/// A file's name as a person sees it, in the forms in which clients send it.
///
/// In this order: `filename*` (RFC 5987), in UTF-8 or Latin-1; the same in pieces, `filename*0*` and so on (RFC 2231),
/// as written by mail libraries; `filename` as encoded words (RFC 2047), as written by .NET and mail libraries;
/// `filename` with percent-escaped non-ASCII letters, as written by some libraries; `filename` as written by browsers,
/// in UTF-8 (WHATWG HTML, "multipart/form-data encoding algorithm"), or in Latin-1. A form that can't be read counts as
/// absent. Of a path, only the last component is a name.
enum ClientFileName {
  /// nil if the client gave none.
  static func name(in field: HeaderParameters) -> String? {
    let extended = field.bytes("filename*").flatMap(extendedValue).flatMap(lastComponent)
    let named = extended ?? continued(in: field).flatMap(lastComponent)
    return named ?? field.bytes("filename").map(plainValue).flatMap(lastComponent)
  }

  /// `UTF-8'en'%c3%bcbung.jpg`; nil for any other form, or another charset.
  private static func extendedValue(_ bytes: [UInt8]) -> String? {
    let parts = bytes.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let decoded = ClientText.percentDecoded(parts[2]) else { return nil }
    return ClientText.text(decoded, charset: ClientText.text(parts[0]))
  }

  /// Pieces from 0 on, those ending with a star percent-encoded and the first of them with the charset; nil if there
  /// are none or one can't be read.
  private static func continued(in field: HeaderParameters) -> String? {
    var joined: [UInt8] = []
    var charset: String?
    for number in 0..<mostPieces {
      if let bytes = field.bytes("filename*\(number)*") {
        var encoded = bytes[...]
        if number == 0 {
          let parts = bytes.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
          guard parts.count == 3 else { return nil }
          charset = ClientText.text(parts[0])
          encoded = parts[2]
        }
        guard let decoded = ClientText.percentDecoded(encoded) else { return nil }
        joined += decoded
      } else if let bytes = field.bytes("filename*\(number)") {
        joined += bytes
      } else {
        break
      }
    }
    guard !joined.isEmpty else { return nil }
    return charset.map { ClientText.text(joined, charset: $0) } ?? ClientText.text(joined)
  }

  /// A part's header can't sensibly contain more.
  private static let mostPieces = 100

  private static func plainValue(_ bytes: [UInt8]) -> String {
    if let text = EncodedWords.text(bytes) { return text }
    if let decoded = ClientText.percentDecoded(bytes), decoded.contains(where: { $0 >= 0x80 }),
      !bytes.contains(where: { $0 >= 0x80 }), let text = String(validating: decoded, as: UTF8.self)
    {
      return text
    }
    return ClientText.text(browserUnescaped(bytes))
  }

  /// Browsers encode a quote and line breaks in names like this, and leave every other percent sign as it is.
  static func browserUnescaped(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(UInt8(ascii: "%")) else { return bytes }
    var unescaped: [UInt8] = []
    var rest = bytes[...]
    while let byte = rest.first {
      switch String(decoding: rest.prefix(3), as: UTF8.self).uppercased() {
      case "%22": unescaped.append(UInt8(ascii: "\""))
      case "%0D": unescaped.append(UInt8(ascii: "\r"))
      case "%0A": unescaped.append(UInt8(ascii: "\n"))
      default:
        unescaped.append(byte)
        rest.removeFirst()
        continue
      }
      rest = rest.dropFirst(3)
    }
    return unescaped
  }

  /// Some clients send a whole path, in their own system's format.
  private static func lastComponent(_ path: String) -> String? {
    // by scalars: beside a combining mark, a slash is no character of its own
    let name = path.unicodeScalars.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map { String($0) } ?? ""
    return name.isEmpty || name.unicodeScalars.contains("\0") ? nil : name
  }
}
