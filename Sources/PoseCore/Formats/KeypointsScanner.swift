/// Reads keypoints in the plain form in which storages have them, many times faster than Foundation's decoder: an array
/// of flat objects, with their fields in any order.
struct KeypointsScanner {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The 33 in ``Landmark``'s order; nil for JSON of any other form, valid or not, which is left to the decoder.
  mutating func keypoints() -> [Keypoint]? {
    var found = [Keypoint?](repeating: nil, count: Landmark.count)
    guard take("[") else { return nil }
    for index in found.indices {
      guard index == 0 || take(","), let (landmark, keypoint) = element(expecting: index) else { return nil }
      guard found[landmark.rawValue] == nil else { return nil }
      found[landmark.rawValue] = keypoint
    }
    guard take("]"), nextByte() == nil else { return nil }
    return found.compactMap { $0 }
  }

  private mutating func element(expecting index: Int) -> (Landmark, Keypoint)? {
    var x = Float?.none
    var y = Float?.none
    var z = Float?.none
    var visibility = Float?.none
    var landmark = Landmark?.none
    guard take("{") else { return nil }
    repeat {
      guard let key = word(), take(":") else { return nil }
      switch (key.count, key.first) {
      case (1, UInt8(ascii: "x")) where x == nil: x = number()
      case (1, UInt8(ascii: "y")) where y == nil: y = number()
      case (1, UInt8(ascii: "z")) where z == nil: z = number()
      case (4, _) where landmark == nil && key.elementsEqual("name".utf8): landmark = name(expecting: index)
      case (10, _) where visibility == nil && key.elementsEqual("visibility".utf8): visibility = number()
      default: return nil
      }
    } while take(",")
    guard take("}"), let x, let y, let z, let visibility, (0...1).contains(visibility), let landmark else { return nil }
    return (landmark, Keypoint(x: x, y: y, z: z, visibility: visibility, presence: 0))
  }

  /// Names are mostly in the landmarks' order, and then need not be looked up.
  private mutating func name(expecting index: Int) -> Landmark? {
    guard let name = word() else { return nil }
    let expected = Landmark.allCases[index]
    return name.elementsEqual(expected.name.utf8) ? expected : Landmark(name: String(decoding: name, as: UTF8.self))
  }

  /// The text between quotes, without escapes.
  private mutating func word() -> ArraySlice<UInt8>? {
    guard take("\"") else { return nil }
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return bytes[start..<position - 1]
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"): position += 1
      default: return nil
      }
    }
    return nil
  }

  /// A number by JSON's grammar, rounded to double precision and then to single precision, as the decoder does.
  private mutating func number() -> Float? {
    _ = nextByte()
    let start = position
    let isNegative = takeNow("-")
    var mantissa: UInt64 = 0
    let whole = digits(into: &mantissa)
    guard whole == 1 || whole > 1 && bytes[position - whole] != UInt8(ascii: "0") else { return nil }
    let decimals = takeNow(".") ? digits(into: &mantissa) : 0
    guard decimals > 0 || bytes[position - 1] != UInt8(ascii: ".") else { return nil }
    let hasExponent = takeNow("e") || takeNow("E")
    if hasExponent {
      var exponent: UInt64 = 0
      _ = takeNow("-") || takeNow("+")
      guard digits(into: &exponent) > 0 else { return nil }
    }
    // with both exact, their quotient is rounded once, and so is the nearest double
    if !hasExponent, whole + decimals <= Self.exactDigits {
      let value = Float(Double(mantissa) / Self.powersOfTen[decimals])
      return isNegative ? -value : value
    }
    return Double(String(decoding: bytes[start..<position], as: UTF8.self)).map(Float.init).flatMap {
      $0.isFinite ? $0 : nil
    }
  }

  /// Any number with this many digits is an integer that a double can represent exactly.
  private static let exactDigits = 15
  private static let powersOfTen = (0...exactDigits).reduce(into: [1.0]) { powers, _ in
    powers.append(powers[powers.count - 1] * 10)
  }

  /// Appends the next digits to `value`, which overflows silently; returns how many there are.
  private mutating func digits(into value: inout UInt64) -> Int {
    let start = position
    while position < bytes.count, case let digit = bytes[position] &- UInt8(ascii: "0"), digit < 10 {
      value = value &* 10 &+ UInt64(digit)
      position += 1
    }
    return position - start
  }

  /// Whether `byte` comes next, with nothing before it; consumes it.
  private mutating func takeNow(_ byte: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  /// Whether `byte` comes next, after whitespace; consumes it.
  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    guard nextByte() == UInt8(ascii: byte) else { return false }
    position += 1
    return true
  }

  /// Skips whitespace.
  private mutating func nextByte() -> UInt8? {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == UInt8(ascii: " ") || (9...10).contains(byte) || byte == 13 else { return byte }
      position += 1
    }
    return nil
  }
}
