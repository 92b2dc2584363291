/// How stored pixels are rotated and mirrored to be upright; the raw values are those of EXIF's Orientation tag
/// (0x0112).
public enum Orientation: UInt16, Sendable, Hashable, CaseIterable {
  case upright = 1
  case mirrored = 2
  case upsideDown = 3
  case flipped = 4
  case transposed = 5
  case quarterTurnClockwise = 6
  case transversed = 7
  case quarterTurnCounterclockwise = 8

  /// Whether the upright picture's width is the stored height.
  public var swapsSides: Bool { rawValue >= 5 }

  /// Where the upright pixel (x, y) is stored: column = x·columnX + y·columnY + column0, and likewise the row.
  ///
  /// `width` and `height` are the stored ones. Source: EXIF 2.32, tag 0x0112.
  func storedPosition(width: Int, height: Int) -> PixelTransform {
    let right = width - 1
    let bottom = height - 1
    return switch self {
    case .upright: PixelTransform(columnX: 1, columnY: 0, column0: 0, rowX: 0, rowY: 1, row0: 0)
    case .mirrored: PixelTransform(columnX: -1, columnY: 0, column0: right, rowX: 0, rowY: 1, row0: 0)
    case .upsideDown: PixelTransform(columnX: -1, columnY: 0, column0: right, rowX: 0, rowY: -1, row0: bottom)
    case .flipped: PixelTransform(columnX: 1, columnY: 0, column0: 0, rowX: 0, rowY: -1, row0: bottom)
    case .transposed: PixelTransform(columnX: 0, columnY: 1, column0: 0, rowX: 1, rowY: 0, row0: 0)
    case .quarterTurnClockwise: PixelTransform(columnX: 0, columnY: 1, column0: 0, rowX: -1, rowY: 0, row0: bottom)
    case .transversed: PixelTransform(columnX: 0, columnY: -1, column0: right, rowX: -1, rowY: 0, row0: bottom)
    case .quarterTurnCounterclockwise:
      PixelTransform(columnX: 0, columnY: -1, column0: right, rowX: 1, rowY: 0, row0: 0)
    }
  }
}

/// Mirrors and rotates pixel positions by quarter turns.
struct PixelTransform: Hashable {
  var columnX: Int
  var columnY: Int
  var column0: Int
  var rowX: Int
  var rowY: Int
  var row0: Int
}
