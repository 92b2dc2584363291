/// What a part's header says about it.
struct MultipartPart: Equatable {
  /// The field's name; nil if there is no `Content-Disposition: form-data` with one.
  var name: String?
  var fileName: String?
  var contentType: String?
  /// In lower case, from `Content-Transfer-Encoding`.
  var transferEncoding: String?
  /// `Content-Encoding`, which a part should not have.
  var contentEncoding: String?

  /// Reads a header block: lines that end with CR LF, the last one empty.
  ///
  /// Throws ``MultipartParser/Failure/malformedHeader`` for a line that is not a header field.
  init(header: [UInt8]) throws {
    for line in try Self.unfold(header) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
        throw MultipartParser.Failure.malformedHeader
      }
      let value = line[line.index(after: colon)...]
      switch String(decoding: line[..<colon], as: UTF8.self).lowercased() {
      case "content-disposition":
        let field = HeaderParameters(value)
        guard field.value == "form-data" else { continue }
        name = field.bytes("name").map { ClientText.text(ClientFileName.browserUnescaped($0)) }
        fileName = ClientFileName.name(in: field)
      case "content-type": contentType = HeaderParameters(value).value
      case "content-transfer-encoding": transferEncoding = HeaderParameters(value).value
      case "content-encoding": contentEncoding = HeaderParameters(value).value
      default: continue
      }
    }
  }

  /// The block's lines; a line that begins with white space continues the previous one.
  private static func unfold(_ header: [UInt8]) throws -> [[UInt8]] {
    guard !header.contains(0) else { throw MultipartParser.Failure.malformedHeader }
    var lines: [[UInt8]] = []
    for line in header.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true) {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if line.first == UInt8(ascii: " ") || line.first == UInt8(ascii: "\t") {
        guard !lines.isEmpty else { throw MultipartParser.Failure.malformedHeader }
        lines[lines.count - 1] += line
      } else if !line.isEmpty {
        lines.append(Array(line))
      }
    }
    return lines
  }
}
