/// What a `Range` field requests of a representation (RFC 9110, section 14).
enum ByteRange: Equatable {
  /// Absent, malformed, in a different unit, or with several ranges: the whole is sent.
  case whole
  case part(Range<Int>)
  case unsatisfiable

  /// - Parameter length: of the representation, in bytes.
  init(_ field: String?, length: Int) {
    guard let field, let spec = Self.spec(field) else {
      self = .whole
      return
    }
    switch spec {
    case (let first?, let last?):
      self = first < length ? .part(first..<min(last, length - 1) + 1) : .unsatisfiable
    case (let first?, nil):
      self = first < length ? .part(first..<length) : .unsatisfiable
    case (nil, let suffix):
      let count = min(suffix ?? 0, length)
      self = count > 0 ? .part(length - count..<length) : .unsatisfiable
    }
  }

  /// The two numbers of a single range; nil unless it is well-formed. Numbers that are too large are clamped.
  private static func spec(_ field: String) -> (first: Int?, last: Int?)? {
    let halves = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 2, halves[0].lowercased() == "bytes" else { return nil }
    let ends = trim(halves[1]).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy(isDigit) }) else { return nil }
    let first = number(ends[0])
    let last = number(ends[1])
    if first == nil, last == nil { return nil }
    if let first, let last, first > last { return nil }
    return (first, last)
  }

  private static func number(_ digits: Substring) -> Int? {
    // one less than the largest, so that the end of the range can be counted
    digits.isEmpty ? nil : min(Int(digits) ?? Int.max, Int.max - 1)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func trim(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}
