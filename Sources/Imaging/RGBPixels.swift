/// Decoded pixels, addressed in the upright picture's coordinates.
protocol PixelSource {
  /// The pixel (x, y), which must be inside the upright picture.
  func pixel(_ x: Int, _ y: Int) -> Lanes

  /// The pixels (x, y), (x+1, y), (x, y+1) and (x+1, y+1), all inside the upright picture.
  func square(_ x: Int, _ y: Int) -> (Lanes, Lanes, Lanes, Lanes)
}

/// Three bytes per pixel, red first, seen upright without being rotated in memory.
struct RGBPixels: PixelSource {
  /// The upright pixel (0, 0).
  private let origin: UnsafePointer<UInt8>
  /// Bytes from an upright pixel to its right and lower neighbours; negative or swapped if the picture is rotated.
  private let strideX: Int
  private let strideY: Int

  init(_ pixels: UnsafePointer<UInt8>, header: ImageHeader) {
    let position = header.storedPosition
    let rowBytes = 3 * header.storedWidth
    origin = pixels + 3 * position.column0 + rowBytes * position.row0
    strideX = 3 * position.columnX + rowBytes * position.rowX
    strideY = 3 * position.columnY + rowBytes * position.rowY
  }

  @inline(__always)
  func pixel(_ x: Int, _ y: Int) -> Lanes {
    Lanes(origin + (x &* strideX &+ y &* strideY))
  }

  @inline(__always)
  func square(_ x: Int, _ y: Int) -> (Lanes, Lanes, Lanes, Lanes) {
    let pixel = origin + (x &* strideX &+ y &* strideY)
    if strideX == 3 {
      let upper = Lanes.pair(pixel)
      let lower = Lanes.pair(pixel + strideY)
      return (upper.0, upper.1, lower.0, lower.1)
    }
    return (Lanes(pixel), Lanes(pixel + strideX), Lanes(pixel + strideY), Lanes(pixel + (strideX &+ strideY)))
  }
}
