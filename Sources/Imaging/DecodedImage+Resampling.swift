extension DecodedImage {
  /// Resamples `crop` to `side`×`side` pixels and writes each value v as `scale[v]`, three a pixel, rows from the top.
  ///
  /// Repeats OpenCV 4's `warpPerspective` with `INTER_LINEAR` to the bit, because landmarks move by a hundredth of the
  /// person's size otherwise: the region's corners fall on the output's corners (not on its pixels' centres),
  /// positions are rounded to 1/32 pixel, half to even; weights are exact in 10 bits; a sum is rounded half up.
  ///
  /// - Parameters:
  ///   - scale: 256 values, what each 8-bit value becomes.
  ///   - output: 3·side·side values.
  public func resample(
    _ crop: Crop, side: Int, border: Crop.Border, scale: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
  ) {
    let toRight = SIMD2<Double>(crop.topRight - crop.topLeft) * (32 / Double(side))
    let toBottom = SIMD2<Double>(crop.bottomLeft - crop.topLeft) * (32 / Double(side))
    let start = SIMD2<Double>(crop.topLeft) * 32
    let last = SIMD2<Int>(width - 1, height - 1)
    let (origin, strideX, strideY) = (origin, strideX, strideY)

    var output = output
    for row in 0..<side {
      let rowStart = start + toBottom * Double(row)
      for column in 0..<side {
        let (x, fractionX) = Self.position(rowStart.x + toRight.x * Double(column))
        let (y, fractionY) = Self.position(rowStart.y + toRight.y * Double(column))
        let taps: (Lanes, Lanes, Lanes, Lanes)
        if x >= 0, y >= 0, x < last.x, y < last.y {
          let tap = origin + x * strideX + y * strideY
          taps = (Lanes(tap), Lanes(tap + strideX), Lanes(tap + strideY), Lanes(tap + strideX + strideY))
        } else {
          taps = self.taps(x, y, border)
        }
        let value = Lanes.interpolate(taps, UInt64(fractionX), UInt64(fractionY))
        output[0] = scale[value.red]
        output[1] = scale[value.green]
        output[2] = scale[value.blue]
        output += 3
      }
    }
  }

  /// A position in 1/32 pixel, rounded half to even as OpenCV's `cvRound`, as whole pixels and the rest.
  @inline(__always)
  private static func position(_ value: Double) -> (pixel: Int, fraction: Int) {
    // adding 1.5·2⁵² leaves no bits for a fraction; the sum's low bits are then the rounded integer
    let sum = min(max(value, -0x1p30), 0x1p30) + 6_755_399_441_055_744.0
    let rounded = Int(Int32(truncatingIfNeeded: sum.bitPattern))
    return (rounded >> 5, rounded & 31)
  }

  /// The four pixels from (x, y) to its lower right neighbour, at least one of which lies outside the picture.
  @inline(never)
  private func taps(_ x: Int, _ y: Int, _ border: Crop.Border) -> (Lanes, Lanes, Lanes, Lanes) {
    func tap(_ x: Int, _ y: Int) -> Lanes {
      let inside = (x: min(max(x, 0), width - 1), y: min(max(y, 0), height - 1))
      if border == .zero, inside != (x, y) { return .black }
      return Lanes(origin + inside.x * strideX + inside.y * strideY)
    }
    return (tap(x, y), tap(x + 1, y), tap(x, y + 1), tap(x + 1, y + 1))
  }
}

/// Red, green and blue side by side in one word, so that one multiplication weighs all three.
///
/// Each has 21 bits; a sum of four values of 8 bits with weights of 10 bits in all needs 18.
private struct Lanes {
  private let bits: UInt64

  static let black = Lanes(bits: 0)

  private init(bits: UInt64) {
    self.bits = bits
  }

  /// Reads one byte more than the pixel has; ``PixelBuffer`` keeps it readable.
  @inline(__always)
  init(_ pixel: UnsafePointer<UInt8>) {
    let bytes = UInt64(UnsafeRawPointer(pixel).loadUnaligned(as: UInt32.self))
    bits = bytes & 0xFF | (bytes & 0xFF00) << 13 | (bytes & 0xFF_0000) << 26
  }

  /// The taps' average, weighted by how near each is; `x` and `y` are in 1/32 pixel.
  @inline(__always)
  static func interpolate(_ taps: (Lanes, Lanes, Lanes, Lanes), _ x: UInt64, _ y: UInt64) -> Lanes {
    let upper = taps.0.bits &* (32 &- x) &+ taps.1.bits &* x
    let lower = taps.2.bits &* (32 &- x) &+ taps.3.bits &* x
    let half: UInt64 = 512 | 512 << 21 | 512 << 42
    return Lanes(bits: (upper &* (32 &- y) &+ lower &* y &+ half) >> 10)
  }

  var red: Int { Int(bits & 0xFF) }
  var green: Int { Int(bits >> 21 & 0xFF) }
  var blue: Int { Int(bits >> 42 & 0xFF) }
}
