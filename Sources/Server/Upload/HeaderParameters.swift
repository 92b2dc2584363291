/// A header value with parameters, such as `form-data; name="image"; filename="a b.jpg"`.
struct HeaderParameters: Equatable {
  /// What comes before the first parameter, in lower case.
  let value: String
  private let parameters: [String: String]

  /// A parameter's value, unquoted; its name is asked for in lower case. The first of several counts.
  subscript(name: String) -> String? { parameters[name] }

  init(_ text: String) {
    var rest = text.utf8[...]
    value = Self.trim(rest.prefix { $0 != UInt8(ascii: ";") }).lowercased()
    rest = rest.drop { $0 != UInt8(ascii: ";") }
    var parameters: [String: String] = [:]
    while rest.popFirst() != nil {
      let name = Self.trim(rest.prefix { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }).lowercased()
      rest = rest.drop { $0 != UInt8(ascii: "=") && $0 != UInt8(ascii: ";") }
      guard rest.first == UInt8(ascii: "=") else { continue }
      rest.removeFirst()
      let value = Self.takeValue(&rest)
      if !name.isEmpty, parameters[name] == nil { parameters[name] = value }
      rest = rest.drop { $0 != UInt8(ascii: ";") }
    }
    self.parameters = parameters
  }

  private static func takeValue(_ rest: inout Substring.UTF8View) -> String {
    rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    guard rest.first == UInt8(ascii: "\"") else {
      let value = rest.prefix { $0 != UInt8(ascii: ";") }
      rest = rest.dropFirst(value.count)
      return trim(value)
    }
    rest.removeFirst()
    var bytes: [UInt8] = []
    while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
      // a backslash before anything else is part of a Windows path, not an escape
      if byte == UInt8(ascii: "\\"), let next = rest.first, next == UInt8(ascii: "\"") || next == byte {
        bytes.append(next)
        rest.removeFirst()
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func trim(_ bytes: Substring.UTF8View) -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    var bytes = bytes.drop(while: isSpace)
    while let last = bytes.last, isSpace(last) { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
