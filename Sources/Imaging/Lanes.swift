/// Red, green and blue side by side in one word, so that one multiplication weighs all three.
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
    let bytes = UInt64(UnsafeRawPointer(pixel).loadUnaligned(as: UInt32.self))
    bits = bytes & 0xFF | (bytes & 0xFF00) << 13 | (bytes & 0xFF_0000) << 26
  }

  private init(bits: UInt64) {
    self.bits = bits
  }

  /// The average of (x, y), its right, its lower and its lower right neighbour, weighted by how near each is to the
  /// point that lies `x` and `y` 32nds to the right and below; rounded half up.
  @inline(__always)
  static func interpolate(_ square: (Lanes, Lanes, Lanes, Lanes), _ x: UInt64, _ y: UInt64) -> Lanes {
    let upper = square.0.bits &* (32 &- x) &+ square.1.bits &* x
    let lower = square.2.bits &* (32 &- x) &+ square.3.bits &* x
    let half: UInt64 = 512 | 512 << 21 | 512 << 42
    return Lanes(bits: (upper &* (32 &- y) &+ lower &* y &+ half) >> 10)
  }

  var red: Int { Int(bits & 0xFF) }
  var green: Int { Int(bits >> 21 & 0xFF) }
  var blue: Int { Int(bits >> 42 & 0xFF) }
}
