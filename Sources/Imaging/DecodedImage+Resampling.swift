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
    let last = SIMD2<Int32>(Int32(width - 1), Int32(height - 1))

    var output = output
    for row in 0..<side {
      let rowStart = start + toBottom * Double(row)
      for column in 0..<side {
        let position = SIMD2<Int32>(rounding: rowStart + toRight * Double(column))
        let pixel = position &>> 5
        let fraction = position & 31
        let weightX = fraction.x
        let weightY = fraction.y
        let w00 = (32 - weightX) * (32 - weightY)
        let w10 = weightX * (32 - weightY)
        let w01 = (32 - weightX) * weightY
        let w11 = weightX * weightY

        var sum: SIMD4<Int32>
        if all(pixel .>= 0) && all(pixel .< last) {
          let tap = origin + Int(pixel.x) * strideX + Int(pixel.y) * strideY
          sum = Self.load(tap) &* w00
          sum &+= Self.load(tap + strideX) &* w10
          sum &+= Self.load(tap + strideY) &* w01
          sum &+= Self.load(tap + strideX + strideY) &* w11
        } else {
          sum = tap(pixel.x, pixel.y, last, border) &* w00
          sum &+= tap(pixel.x &+ 1, pixel.y, last, border) &* w10
          sum &+= tap(pixel.x, pixel.y &+ 1, last, border) &* w01
          sum &+= tap(pixel.x &+ 1, pixel.y &+ 1, last, border) &* w11
        }
        let value = (sum &+ 512) &>> 10
        output[0] = scale[Int(value.x)]
        output[1] = scale[Int(value.y)]
        output[2] = scale[Int(value.z)]
        output += 3
      }
    }
  }

  private static func load(_ pixel: UnsafePointer<UInt8>) -> SIMD4<Int32> {
    SIMD4(Int32(pixel[0]), Int32(pixel[1]), Int32(pixel[2]), 0)
  }

  private func tap(_ x: Int32, _ y: Int32, _ last: SIMD2<Int32>, _ border: Crop.Border) -> SIMD4<Int32> {
    let inside = SIMD2(min(max(x, 0), last.x), min(max(y, 0), last.y))
    if border == .zero, inside != SIMD2(x, y) { return .zero }
    return Self.load(origin + Int(inside.x) * strideX + Int(inside.y) * strideY)
  }
}

extension SIMD2<Int32> {
  /// To the nearest integer, half to even, as OpenCV's `cvRound`; far-off positions are cut to ±2³⁰.
  fileprivate init(rounding value: SIMD2<Double>) {
    // adding 1.5·2⁵² leaves no bits for a fraction; the sum's low bits are then the rounded integer
    let shift = 6_755_399_441_055_744.0
    let far = SIMD2<Double>(repeating: 0x1p30)
    let shifted = value.clamped(lowerBound: -far, upperBound: far) + shift
    self.init(Int32(truncatingIfNeeded: shifted.x.bitPattern), Int32(truncatingIfNeeded: shifted.y.bitPattern))
  }
}
