/// What the helper reports about a picture.
struct PictureHead: Sendable, Hashable {
  enum Format: UInt8, Sendable { case heic = 1, avif }

  /// Upright, in pixels.
  let width: Int
  let height: Int
  /// Before cropping and rotation.
  let storedWidth: Int
  let storedHeight: Int
  /// Bits per sample, before conversion to 8.
  let bits: Int
  let format: Format
}

/// What is known about a clip at its first frame.
public struct ClipHead: Sendable, Hashable {
  /// Upright, in pixels.
  public let width: Int
  public let height: Int
  /// The rotation that was applied, as an EXIF orientation, 1…8.
  public let orientation: Int
  /// Bits per sample, before conversion to 8.
  public let bits: Int
  /// Nanoseconds; nil if the file doesn't say.
  public let duration: Int?
  /// As the file declares it; nil if it doesn't.
  public let frames: Int?
  /// Average frames per second; nil if the file doesn't say.
  public let rate: Double?
  /// FFmpeg's name for it, such as `hevc`.
  public let codec: String
}

/// One frame: upright, 8-bit R, G, B by rows from the top, without padding.
public struct ClipFrame: Sendable {
  /// From 0; frames that were not requested are counted, too.
  public let index: Int
  /// Nanoseconds from the first frame. Repeats if the file's times do, and may go backwards in a damaged file.
  public let time: Int
  /// The decoder had to guess parts of it.
  public let isDamaged: Bool
  /// The file has no time for it.
  public let isTimeGuessed: Bool
  /// `width` × `height` × 3 bytes.
  public let pixels: [UInt8]
}

/// What is known about a clip at its end.
public struct ClipEnding: Sendable, Hashable {
  public let given: Int
  public let decoded: Int
  /// Packets and frames that did not decode completely.
  public let damaged: Int
  /// The file ends earlier than its own structure says.
  public let isCut: Bool
  /// Ended at ``ClipSelection/to``, with more to follow.
  public let isPart: Bool
}
