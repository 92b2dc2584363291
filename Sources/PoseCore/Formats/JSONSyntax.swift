#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Whether bytes are one complete JSON value in UTF-8, by RFC 8259; determined in one pass, without building anything.
public enum JSONSyntax {
  /// Maximum nesting of lists and objects; clients' parsers have similar limits.
  public static let deepest = 100

  public static func isValid(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { buffer in
      var reader = Reader(bytes: buffer)
      return reader.value(depth: 0) && reader.next() == nil && reader.isText
    }
  }

  /// What is wrong with a client's body, such as `is not UTF-8`; nil if nothing is.
  ///
  /// Stricter than ``isValid(_:)``: a duplicate key in an object is refused, since programs differ in which of the two
  /// counts (RFC 8259, section 4; RFC 7493 forbids it).
  public static func fault(ofBody body: [UInt8]) -> String? {
    body.withUnsafeBufferPointer { buffer in
      guard String(validating: buffer, as: UTF8.self) != nil else { return "is not UTF-8" }
      var reader = Reader(bytes: buffer, refusesRepetition: true)
      if reader.value(depth: 0), reader.next() == nil { return nil }
      if let key = reader.repeated { return "has \"\(EscapedText.line(String(key.prefix(60))))\" more than once" }
      return reader.isTooDeep ? "nests more than \(deepest) levels deep" : "is not well-formed JSON"
    }
  }

  /// A client's body without the byte order mark that some programs write before UTF-8, which readers may ignore (RFC
  /// 8259, section 8.1).
  public static func withoutMark(_ body: [UInt8]) -> [UInt8] {
    body.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(body.dropFirst(3)) : body
  }

  private struct Reader {
    let bytes: UnsafeBufferPointer<UInt8>
    var refusesRepetition = false
    /// A key that occurs twice in an object.
    var repeated: String?
    var isTooDeep = false
    var position = 0
    /// False once a byte beyond ASCII was found, so that the whole must be checked as UTF-8.
    var isASCII = true

    init(bytes: UnsafeBufferPointer<UInt8>, refusesRepetition: Bool = false) {
      self.bytes = bytes
      self.refusesRepetition = refusesRepetition
    }

    var isText: Bool { isASCII || String(validating: bytes, as: UTF8.self) != nil }

    /// The next byte after whitespace.
    mutating func next() -> UInt8? {
      while position < bytes.count {
        let byte = bytes[position]
        guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
        position += 1
      }
      return nil
    }

    mutating func take(_ byte: UInt8) -> Bool {
      guard next() == byte else { return false }
      position += 1
      return true
    }

    mutating func value(depth: Int) -> Bool {
      guard depth <= JSONSyntax.deepest else {
        isTooDeep = true
        return false
      }
      switch next() {
      case UInt8(ascii: "{"):
        var keys: Set<String> = []
        return items(to: UInt8(ascii: "}")) { reader in
          guard reader.next() == UInt8(ascii: "\"") else { return false }
          let start = reader.position
          guard reader.string(), !reader.refusesRepetition || reader.isNew(keyAt: start, &keys) else { return false }
          return reader.take(UInt8(ascii: ":")) && reader.value(depth: depth + 1)
        }
      case UInt8(ascii: "["): return items(to: UInt8(ascii: "]")) { $0.value(depth: depth + 1) }
      case UInt8(ascii: "\""): return string()
      case UInt8(ascii: "t"): return word("true")
      case UInt8(ascii: "f"): return word("false")
      case UInt8(ascii: "n"): return word("null")
      default: return number()
      }
    }

    private mutating func items(to end: UInt8, _ item: (inout Reader) -> Bool) -> Bool {
      position += 1
      if take(end) { return true }
      repeat {
        guard item(&self) else { return false }
      } while take(UInt8(ascii: ","))
      return take(end)
    }

    /// Whether the key that ends here is new. Swift considers two keys equal that differ only in how an accent is
    /// encoded, and so does its JSON decoder.
    private mutating func isNew(keyAt start: Int, _ keys: inout Set<String>) -> Bool {
      let written = bytes[start..<position]
      var key = String(decoding: written.dropFirst().dropLast(), as: UTF8.self)
      if written.contains(UInt8(ascii: "\\")) {
        // half of a surrogate pair alone
        guard let read = try? JSONDecoder().decode(String.self, from: Data(written)) else { return false }
        key = read
      }
      if keys.insert(key).inserted { return true }
      repeated = key
      return false
    }

    private mutating func word(_ word: StaticString) -> Bool {
      guard bytes.count - position >= word.utf8CodeUnitCount else { return false }
      for index in 0..<word.utf8CodeUnitCount where bytes[position + index] != word.utf8Start[index] { return false }
      position += word.utf8CodeUnitCount
      return true
    }

    private mutating func string() -> Bool {
      position += 1
      while position < bytes.count {
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return true
        case UInt8(ascii: "\\"): guard escape() else { return false }
        case 0..<0x20: return false
        case 0x80...: isASCII = false
        default: break
        }
      }
      return false
    }

    private mutating func escape() -> Bool {
      guard position < bytes.count else { return false }
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "u"):
        guard bytes.count - position >= 4 else { return false }
        defer { position += 4 }
        return bytes[position..<position + 4].allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
        UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
        return true
      default: return false
      }
    }

    private mutating func number() -> Bool {
      _ = takeNow(UInt8(ascii: "-"))
      let start = position
      let whole = digits()
      guard whole == 1 || whole > 1 && bytes[start] != UInt8(ascii: "0") else { return false }
      if takeNow(UInt8(ascii: ".")), digits() == 0 { return false }
      if takeNow(UInt8(ascii: "e")) || takeNow(UInt8(ascii: "E")) {
        _ = takeNow(UInt8(ascii: "-")) || takeNow(UInt8(ascii: "+"))
        if digits() == 0 { return false }
      }
      return true
    }

    private mutating func takeNow(_ byte: UInt8) -> Bool {
      guard position < bytes.count, bytes[position] == byte else { return false }
      position += 1
      return true
    }

    private mutating func digits() -> Int {
      let start = position
      while position < bytes.count, bytes[position] &- UInt8(ascii: "0") < 10 { position += 1 }
      return position - start
    }
  }
}
