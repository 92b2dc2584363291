/// A JPEG's planes as its decoder has them, chroma at half the width and height (4:2:0).
///
/// Resampling reads only a small part of a large picture; converting only those pixels to red, green and blue saves
/// half the memory. The arithmetic is libjpeg-turbo's to the bit: `jdsample.c`'s `h2v2_fancy_upsample` and
/// `jdcolor.c`'s `ycc_rgb_convert`.
struct YCCPixels: PixelSource {
  private let luma: UnsafePointer<UInt8>
  private let chromaBlue: UnsafePointer<UInt8>
  private let chromaRed: UnsafePointer<UInt8>
  private let chromaStride: Int
  private let lastChromaColumn: Int
  private let lastChromaRow: Int
  private let position: PixelTransform

  /// Columns and rows of a chroma plane; luma has twice as many, one more than the picture if that is odd.
  static func chromaSize(_ header: ImageHeader) -> (width: Int, height: Int) {
    ((header.storedWidth + 1) / 2, (header.storedHeight + 1) / 2)
  }

  /// The same in memory, where libjpeg-turbo writes whole blocks of 8×8.
  static func storedChromaSize(_ header: ImageHeader) -> (width: Int, height: Int) {
    let size = chromaSize(header)
    return ((size.width + 7) / 8 * 8, (size.height + 7) / 8 * 8)
  }

  /// The size of the three planes in bytes, one after the other.
  static func byteCount(_ header: ImageHeader) -> Int {
    let stored = storedChromaSize(header)
    return 6 * stored.width * stored.height
  }

  /// `planes` contains luma, blue and red difference, one after the other.
  init(_ planes: UnsafePointer<UInt8>, header: ImageHeader) {
    let chroma = Self.chromaSize(header)
    let stored = Self.storedChromaSize(header)
    chromaStride = stored.width
    lastChromaColumn = chroma.width - 1
    lastChromaRow = chroma.height - 1
    luma = planes
    chromaBlue = luma + 4 * stored.width * stored.height
    chromaRed = chromaBlue + stored.width * stored.height
    position = header.storedPosition
  }

  func pixel(_ x: Int, _ y: Int) -> Lanes {
    stored(
      position.column0 + x * position.columnX + y * position.columnY,
      position.row0 + x * position.rowX + y * position.rowY)
  }

  func square(_ x: Int, _ y: Int) -> (Lanes, Lanes, Lanes, Lanes) {
    (pixel(x, y), pixel(x + 1, y), pixel(x, y + 1), pixel(x + 1, y + 1))
  }

  private func stored(_ column: Int, _ row: Int) -> Lanes {
    let near = (column >> 1, row >> 1)
    let far = (
      min(max(near.0 + (column & 1 == 1 ? 1 : -1), 0), lastChromaColumn),
      min(max(near.1 + (row & 1 == 1 ? 1 : -1), 0), lastChromaRow)
    )
    let nearRow = near.1 * chromaStride
    let farRow = far.1 * chromaStride
    let bias = 8 - column & 1
    func upsample(_ plane: UnsafePointer<UInt8>) -> Int {
      let nearSum = 3 * Int(plane[nearRow + near.0]) + Int(plane[farRow + near.0])
      let farSum = 3 * Int(plane[nearRow + far.0]) + Int(plane[farRow + far.0])
      return (3 * nearSum + farSum + bias) >> 4
    }
    let y = Int(luma[2 * row * chromaStride + column])
    let cb = upsample(chromaBlue) - 128
    let cr = upsample(chromaRed) - 128
    // 1.402, 0.34414, 0.71414 and 1.772 with 16 bits behind the point
    return Lanes(
      red: Self.clamp(y + (91881 * cr + 32768) >> 16),
      green: Self.clamp(y + (-22554 * cb - 46802 * cr + 32768) >> 16),
      blue: Self.clamp(y + (116130 * cb + 32768) >> 16))
  }

  @inline(__always)
  private static func clamp(_ value: Int) -> Int {
    min(max(value, 0), 255)
  }
}
