/// What the helper says of a picture.
struct PictureHead: Sendable, Hashable {
  enum Format: UInt8, Sendable { case heic = 1, avif }

  /// Upright, in pixels.
  let width: Int
  let height: Int
  /// Before crop and turn.
  let storedWidth: Int
  let storedHeight: Int
  /// Of a sample, before it became 8.
  let bits: Int
  let format: Format
}

/// What is known of a clip with its first frame.
public struct ClipHead: Sendable, Hashable {
  /// Upright, in pixels.
  public let width: Int
  public let height: Int
  /// The turn that was applied, as EXIF numbers orientations, 1…8.
  public let orientation: Int
  /// Of a sample, before it became 8.
  public let bits: Int
  /// Nanoseconds; nil where the file doesn't say.
  public let duration: Int?
  /// As the file declares it; nil where it doesn't.
  public let frames: Int?
  /// Average frames a second; nil where the file doesn't say.
  public let rate: Double?
  /// As FFmpeg names it, such as `hevc`.
  public let codec: String
}

/// One frame: upright, 8-bit R, G, B by rows from the top, without padding.
public struct ClipFrame: Sendable {
  /// From 0; numbers of frames that are not wanted are left out.
  public let index: Int
  /// Nanoseconds from the first frame. Repeats where the file's does, and may go back in a damaged one.
  public let time: Int
  /// The decoder had to guess parts of it.
  public let isDamaged: Bool
  /// The file has no time for it.
  public let isTimeGuessed: Bool
  /// `width` × `height` × 3 bytes.
  public let pixels: [UInt8]
}

/// What is known of a clip with its end.
public struct ClipEnding: Sendable, Hashable {
  public let given: Int
  public let decoded: Int
  /// Packets and frames that did not decode whole.
  public let damaged: Int
  /// The file ends before its own structure says.
  public let isCut: Bool
  /// Ended at ``ClipSelection/to``, with more behind it.
  public let isPart: Bool
}
