/// Writes JSON in the order of its calls, and splices in JSON that is already written.
///
/// Foundation's encoder does neither: it sorts or shuffles keys, and would decode keypoints only to encode them again.
public struct JSONWriter: Sendable {
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  public init(capacity: Int = 256) {
    bytes.reserveCapacity(capacity)
  }

  public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
    try nested(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
  }

  public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
    try nested(UInt8(ascii: "["), UInt8(ascii: "]"), body)
  }

  private mutating func nested(
    _ open: UInt8, _ close: UInt8, _ body: (inout JSONWriter) throws -> Void
  ) rethrows {
    separate()
    bytes.append(open)
    needsComma = false
    try body(&self)
    bytes.append(close)
    needsComma = true
  }

  /// The key of the next value; `key` must need no escaping.
  public mutating func key(_ key: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    key.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// The key of the next value.
  public mutating func key(text: String) {
    value(text)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  public mutating func value(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
      case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
      case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
      case 0..<0x20, 0x7F:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(Self.hexDigits[Int(byte >> 4)])
        bytes.append(Self.hexDigits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
    needsComma = true
  }

  public mutating func value(_ number: Int) {
    separate()
    bytes.append(contentsOf: number.description.utf8)
    needsComma = true
  }

  /// The shortest decimal form that reads back as the same single, at most 9 digits; null unless finite.
  public mutating func value(_ number: Float) {
    separate()
    if !number.isFinite {
      bytes.append(contentsOf: "null".utf8)
    } else if number == 0 {
      bytes.append(contentsOf: "0.0".utf8)  // never -0.0, which MySQL's JSON column would turn into 0.0
    } else {
      bytes.append(contentsOf: number.description.utf8)
    }
    needsComma = true
  }

  public mutating func value(_ flag: Bool) {
    separate()
    bytes.append(contentsOf: (flag ? "true" : "false").utf8)
    needsComma = true
  }

  public mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
    needsComma = true
  }

  /// A key and its value; null if there is none.
  public mutating func field(_ key: StaticString, _ text: String?) {
    self.key(key)
    if let text { value(text) } else { null() }
  }

  public mutating func field(_ key: StaticString, _ number: Int?) {
    self.key(key)
    if let number { value(number) } else { null() }
  }

  public mutating func field(_ key: StaticString, _ number: Float?) {
    self.key(key)
    if let number { value(number) } else { null() }
  }

  public mutating func field(_ key: StaticString, _ flag: Bool) {
    self.key(key)
    value(flag)
  }

  public mutating func object(_ key: StaticString, _ body: (inout JSONWriter) throws -> Void) rethrows {
    self.key(key)
    try object(body)
  }

  public mutating func array(_ key: StaticString, _ body: (inout JSONWriter) throws -> Void) rethrows {
    self.key(key)
    try array(body)
  }

  /// `json` as it is; it must be one complete JSON value.
  public mutating func splice(_ json: some Collection<UInt8>) {
    separate()
    bytes.append(contentsOf: json)
    needsComma = true
  }

  /// `json` from a store, which another program may have written: if it is not a JSON value, a string with its text, as
  /// in ``EscapedText/text(_:)``.
  public mutating func splice(stored json: [UInt8]) {
    if JSONSyntax.isValid(json) { splice(json) } else { value(EscapedText.text(json)) }
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
  }

  private static let hexDigits = Array("0123456789abcdef".utf8)
}
