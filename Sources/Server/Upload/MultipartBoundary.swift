/// The boundary given in a `Content-Type`.
enum MultipartBoundary {
  /// nil unless it has 1…70 of the characters that RFC 2046 allows and doesn't end with a space.
  static func parse(_ contentType: HeaderParameters) -> String? {
    guard let boundary = contentType["boundary"], (1...70).contains(boundary.utf8.count),
      boundary.utf8.last != UInt8(ascii: " "), boundary.utf8.allSatisfy(isAllowed)
    else { return nil }
    return boundary
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: marks.contains(byte)
    }
  }

  private static let marks = Set("'()+_,-./:=? ".utf8)
}
