import PoseCore

/// An element of S3's XML responses.
///
/// Supports as much of XML as those contain: elements, text, the five entities and numeric references. Anything else,
/// such as document types and custom entities, is refused; attributes and comments are skipped.
struct S3XML {
  /// Without a prefix.
  let name: String
  /// Of the element itself.
  private(set) var text = ""
  private(set) var children: [S3XML] = []

  private init(name: String) {
    self.name = name
  }

  /// The text of the first child with that name.
  subscript(_ name: String) -> String? { children.first { $0.name == name }?.text }

  func all(_ name: String) -> [S3XML] { children.filter { $0.name == name } }

  struct Malformed: Error, CustomStringConvertible {
    let place: Int
    var description: String { "The XML can't be read at byte \(place)" }
  }

  /// The document's root element.
  ///
  /// Throws ``Malformed``.
  init(_ document: [UInt8]) throws {
    var reader = Reader(bytes: document)
    self = try reader.document()
  }

  private struct Reader {
    let bytes: [UInt8]
    private var position = 0

    /// The responses have at most four levels.
    private static let maxDepth = 16

    init(bytes: [UInt8]) {
      self.bytes = bytes
    }

    mutating func document() throws -> S3XML {
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
      try skipMisc()
      guard take("<") else { throw malformed }
      let root = try element(depth: 0)
      try skipMisc()
      guard position == bytes.count else { throw malformed }
      return root
    }

    /// White space, the declaration and comments between elements.
    private mutating func skipMisc() throws {
      while true {
        skipSpace()
        if take("<?") {
          try skip(past: "?>")
        } else if take("<!--") {
          try skip(past: "-->")
        } else {
          return
        }
      }
    }

    /// After `<`.
    private mutating func element(depth: Int) throws -> S3XML {
      guard depth < Self.maxDepth else { throw malformed }
      let name = try self.name()
      var element = S3XML(name: name.split(separator: ":").last.map { String($0) } ?? name)
      if try attributes() { return element }
      var text: [UInt8] = []
      while true {
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "<"), bytes[position] != UInt8(ascii: "&") {
          position += 1
        }
        text += bytes[start..<position]
        guard position < bytes.count else { throw malformed }
        if take("</") {
          guard try self.name() == name else { throw malformed }
          skipSpace()
          guard take(">") else { throw malformed }
          guard let read = String(validating: text, as: UTF8.self) else { throw malformed }
          element.text = read
          return element
        } else if take("<!--") {
          try skip(past: "-->")
        } else if take("<![CDATA[") {
          let start = position
          try skip(past: "]]>")
          text += bytes[start..<position - 3]
        } else if take("<") {
          element.children.append(try self.element(depth: depth + 1))
        } else if take("&") {
          text += try entity()
        }
      }
    }

    /// Whether the element is self-closing.
    private mutating func attributes() throws -> Bool {
      while true {
        skipSpace()
        if take("/>") { return true }
        if take(">") { return false }
        _ = try name()
        skipSpace()
        guard take("=") else { throw malformed }
        skipSpace()
        if take("\"") {
          try skip(past: "\"")
        } else if take("'") {
          try skip(past: "'")
        } else {
          throw malformed
        }
      }
    }

    private mutating func name() throws -> String {
      let start = position
      while position < bytes.count, Self.isNameByte(bytes[position]) { position += 1 }
      guard position > start else { throw malformed }
      return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: ":"), 0x80...:
        true
      default: false
      }
    }

    /// After `&`.
    private mutating func entity() throws -> [UInt8] {
      guard let end = bytes[position...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else { throw malformed }
      let name = String(decoding: bytes[position..<end], as: UTF8.self)
      position = end + 1
      switch name {
      case "lt": return [UInt8(ascii: "<")]
      case "gt": return [UInt8(ascii: ">")]
      case "amp": return [UInt8(ascii: "&")]
      case "quot": return [UInt8(ascii: "\"")]
      case "apos": return [UInt8(ascii: "'")]
      default:
        let number =
          name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst(1), radix: 10)
        guard name.hasPrefix("#"), let scalar = number.flatMap({ Unicode.Scalar($0) }) else { throw malformed }
        return Array(String(Character(scalar)).utf8)
      }
    }

    private mutating func skipSpace() {
      while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func take(_ text: StaticString) -> Bool {
      let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
      guard bytes[position...].starts(with: wanted) else { return false }
      position += wanted.count
      return true
    }

    private mutating func skip(past text: StaticString) throws {
      while !take(text) {
        guard position < bytes.count else { throw malformed }
        position += 1
      }
    }

    private var malformed: Malformed { Malformed(place: position) }
  }

  /// `text`, escaped for use between tags.
  static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
