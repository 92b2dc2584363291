/// A header value with parameters, such as `form-data; name="image"; filename="a b.jpg"`.
///
/// Values are kept as bytes: clients use various encodings for names.
struct HeaderParameters: Equatable {
  /// What comes before the first parameter, in lower case.
  let value: String
  private let parameters: [String: [UInt8]]

  /// A parameter's value, unquoted; use its lower-case name. The first of several counts. Invalid UTF-8 is read as
  /// described in ``ClientText``.
  subscript(name: String) -> String? { parameters[name].map(ClientText.text) }

  /// The same, as written by the client.
  func bytes(_ name: String) -> [UInt8]? { parameters[name] }

  init(_ text: String) { self.init(Array(text.utf8)[...]) }

  init(_ bytes: ArraySlice<UInt8>) {
    var rest = bytes
    value = ClientText.text(Self.trim(rest.prefix { $0 != Self.semicolon })).lowercased()
    rest = rest.drop { $0 != Self.semicolon }
    var parameters: [String: [UInt8]] = [:]
    while rest.popFirst() != nil {
      let name = ClientText.text(Self.trim(rest.prefix { $0 != Self.equals && $0 != Self.semicolon })).lowercased()
      rest = rest.drop { $0 != Self.equals && $0 != Self.semicolon }
      guard rest.first == Self.equals else { continue }
      rest.removeFirst()
      let value = Self.takeValue(&rest)
      if !name.isEmpty, parameters[name] == nil { parameters[name] = value }
      rest = rest.drop { $0 != Self.semicolon }
    }
    self.parameters = parameters
  }

  private static func takeValue(_ rest: inout ArraySlice<UInt8>) -> [UInt8] {
    rest = rest.drop(while: isSpace)
    guard rest.first == quote else {
      let value = rest.prefix { $0 != semicolon }
      rest = rest.dropFirst(value.count)
      return Array(trim(value))
    }
    rest.removeFirst()
    var bytes: [UInt8] = []
    while let byte = rest.popFirst(), byte != quote {
      // a backslash before anything else is part of a Windows path, not an escape
      if byte == UInt8(ascii: "\\"), let next = rest.first, next == quote || next == byte {
        bytes.append(next)
        rest.removeFirst()
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }

  private static func trim(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var bytes = bytes.drop(while: isSpace)
    while let last = bytes.last, isSpace(last) { bytes.removeLast() }
    return bytes
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

  private static let semicolon = UInt8(ascii: ";")
  private static let equals = UInt8(ascii: "=")
  private static let quote = UInt8(ascii: "\"")
}
