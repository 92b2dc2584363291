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
    switch pixels {
    case .rgb(let source): resample(source, crop, side, border, scale, output)
    case .ycc(let source): resample(source, crop, side, border, scale, output)
    }
  }

  private func resample(
    _ source: some PixelSource, _ crop: Crop, _ side: Int, _ border: Crop.Border, _ scale: UnsafePointer<Float>,
    _ output: UnsafeMutablePointer<Float>
  ) {
    let toRight = SIMD2<Double>(crop.topRight - crop.topLeft) * (32 / Double(side))
    let toBottom = SIMD2<Double>(crop.bottomLeft - crop.topLeft) * (32 / Double(side))
    let start = SIMD2<Double>(crop.topLeft) * 32
    let last = SIMD2<Int>(width - 1, height - 1)

    var output = output
    for row in 0..<side {
      let rowStart = start + toBottom * Double(row)
      for column in 0..<side {
        let (x, fractionX) = Self.position(rowStart.x + toRight.x * Double(column))
        let (y, fractionY) = Self.position(rowStart.y + toRight.y * Double(column))
        let isInside = x >= 0 && y >= 0 && x < last.x && y < last.y
        let square = isInside ? source.square(x, y) : squareAtBorder(source, x, y, border)
        let value = Lanes.interpolate(square, UInt64(fractionX), UInt64(fractionY))
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
  private func squareAtBorder(
    _ source: some PixelSource, _ x: Int, _ y: Int, _ border: Crop.Border
  ) -> (Lanes, Lanes, Lanes, Lanes) {
    func pixel(_ x: Int, _ y: Int) -> Lanes {
      let inside = (x: min(max(x, 0), width - 1), y: min(max(y, 0), height - 1))
      if border == .zero, inside != (x, y) { return .black }
      return source.pixel(inside.x, inside.y)
    }
    return (pixel(x, y), pixel(x + 1, y), pixel(x, y + 1), pixel(x + 1, y + 1))
  }
}
