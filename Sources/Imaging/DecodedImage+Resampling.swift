extension DecodedImage {
  /// Resamples `crop` to `side`×`side` pixels and writes each value v as `scale[v]`, three per pixel, rows from the
  /// top.
  ///
  /// Reproduces OpenCV 4's `warpPerspective` with `INTER_LINEAR` to the bit, because otherwise landmarks move by a
  /// hundredth of the person's size: the region's corners fall on the output's corners (not on its pixels' centres);
  /// positions are rounded to 1/32 pixel, half to even; weights are exact in 10 bits; sums are rounded half up.
  ///
  /// - Parameters:
  ///   - scale: 256 values, what each 8-bit value becomes.
  ///   - output: 3·side·side values.
  public func resample(
    _ crop: Crop, side: Int, border: Crop.Border, scale: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
  ) {
    switch pixels {
    case .rgb(let source): resample(source, crop: crop, side: side, border: border, scale: scale, into: output)
    case .ycc(let source): resample(source, crop: crop, side: side, border: border, scale: scale, into: output)
    }
  }

  private func resample(
    _ source: some PixelSource, crop: Crop, side: Int, border: Crop.Border, scale: UnsafePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    let grid = SamplingGrid(crop, side: side)
    // a square of four pixels lies inside the picture when its upper left one is less than these
    let endX = UInt32(width - 1)
    let endY = UInt32(height - 1)
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * side) { positions in
      let xs = UnsafeMutableBufferPointer(rebasing: positions[..<side])
      let ys = UnsafeMutableBufferPointer(rebasing: positions[side...])
      var output = output
      for row in 0..<side {
        grid.positions(ofRow: row, xs, ys)
        for column in 0..<side {
          let x = xs[column]
          let y = ys[column]
          let isInside = UInt32(bitPattern: x >> 5) < endX && UInt32(bitPattern: y >> 5) < endY
          let square =
            isInside
            ? source.square(Int(x >> 5), Int(y >> 5))
            : squareAtBorder(source, x: Int(x >> 5), y: Int(y >> 5), border: border)
          let value = Lanes.interpolate(square, x: UInt64(x & 31), y: UInt64(y & 31))
          output[0] = scale[value.red]
          output[1] = scale[value.green]
          output[2] = scale[value.blue]
          output += 3
        }
      }
    }
  }

  /// The four pixels from (x, y) to its lower right neighbour, at least one of which is outside the picture.
  @inline(never)
  private func squareAtBorder(
    _ source: some PixelSource, x: Int, y: Int, border: Crop.Border
  ) -> (Lanes, Lanes, Lanes, Lanes) {
    if border == .zero, x < -1 || y < -1 || x >= width || y >= height {
      return (.black, .black, .black, .black)
    }
    func pixel(_ x: Int, _ y: Int) -> Lanes {
      let inside = (x: min(max(x, 0), width - 1), y: min(max(y, 0), height - 1))
      if border == .zero, inside != (x, y) { return .black }
      return source.pixel(inside.x, inside.y)
    }
    return (pixel(x, y), pixel(x + 1, y), pixel(x, y + 1), pixel(x + 1, y + 1))
  }
}

/// Where in the picture the pixels of a crop are taken from, in 1/32 pixel.
private struct SamplingGrid {
  private let start: SIMD2<Double>
  private let toRight: SIMD2<Double>
  private let toBottom: SIMD2<Double>

  init(_ crop: Crop, side: Int) {
    let corners = [crop.topLeft, crop.topRight, crop.bottomLeft].map { SIMD2<Double>($0) * 32 }
    // Positions are kept in 32 bits. A region that far from any picture is no region; it is sampled as one point.
    let isNear = corners.allSatisfy { all($0 .> -0x1p29) && all($0 .< 0x1p29) }
    start = isNear ? corners[0] : .zero
    toRight = isNear ? (corners[1] - corners[0]) / Double(side) : .zero
    toBottom = isNear ? (corners[2] - corners[0]) / Double(side) : .zero
  }

  /// Rounded half to even, as OpenCV's `cvRound`.
  @inline(__always)
  func positions(
    ofRow row: Int, _ xs: UnsafeMutableBufferPointer<Int32>, _ ys: UnsafeMutableBufferPointer<Int32>
  ) {
    // adding 1.5·2⁵² leaves no bits for a fraction; the sum's low bits are then the rounded integer
    let shift = 6_755_399_441_055_744.0
    let rowStart = start + toBottom * Double(row)
    for column in xs.indices {
      let x = rowStart.x + toRight.x * Double(column) + shift
      let y = rowStart.y + toRight.y * Double(column) + shift
      xs[column] = Int32(truncatingIfNeeded: x.bitPattern)
      ys[column] = Int32(truncatingIfNeeded: y.bitPattern)
    }
  }
}
