/// Red, green and blue next to each other in one word, so that one multiplication weights all three.
///
/// Each has 21 bits; a sum of four values of 8 bits with weights of 10 bits in all needs 18.
struct Lanes: Equatable {
  private let bits: UInt64

  static let black = Lanes(red: 0, green: 0, blue: 0)

  /// Each 0…255.
  @inline(__always)
  init(red: Int, green: Int, blue: Int) {
    bits = UInt64(truncatingIfNeeded: red | green << 21 | blue << 42)
  }

  /// Reads one byte more than the pixel has; ``PixelBuffer`` keeps it readable.
  @inline(__always)
  init(_ pixel: UnsafePointer<UInt8>) {
    self.init(bytes: UInt64(UnsafeRawPointer(pixel).loadUnaligned(as: UInt32.self)))
  }

  /// The pixel at `pixel` and the one in the next three bytes; reads two bytes more than they have.
  @inline(__always)
  static func pair(_ pixel: UnsafePointer<UInt8>) -> (Lanes, Lanes) {
    let bytes = UnsafeRawPointer(pixel).loadUnaligned(as: UInt64.self)
    return (Lanes(bytes: bytes), Lanes(bytes: bytes >> 24))
  }

  /// Red, green and blue in the lower three bytes, anything above them.
  @inline(__always)
  private init(bytes: UInt64) {
    bits = bytes & 0xFF | (bytes & 0xFF00) << 13 | (bytes & 0xFF_0000) << 26
  }

  private init(bits: UInt64) {
    self.bits = bits
  }

  /// The average of (x, y) and its right, lower and lower right neighbours, weighted by the distance of each to the
  /// point `x` and `y` 32nds to the right and below; rounded half up.
  @inline(__always)
  static func interpolate(_ square: (Lanes, Lanes, Lanes, Lanes), x: UInt64, y: UInt64) -> Lanes {
    // A difference borrows from the lane above where it is negative, and gives it back in the sum.
    let upper = square.0.bits << 5 &+ (square.1.bits &- square.0.bits) &* x
    let lower = square.2.bits << 5 &+ (square.3.bits &- square.2.bits) &* x
    let half: UInt64 = 512 | 512 << 21 | 512 << 42
    return Lanes(bits: (upper << 5 &+ (lower &- upper) &* y &+ half) >> 10)
  }

  var red: Int { Int(bits & 0xFF) }
  var green: Int { Int(bits >> 21 & 0xFF) }
  var blue: Int { Int(bits >> 42 & 0xFF) }
}
