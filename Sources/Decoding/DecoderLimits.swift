/// What the helper program may use for one picture or clip. It enforces all of these itself; time and pixels are also
/// enforced here.
public struct DecoderLimits: Sendable, Hashable {
  /// Of the file, 1…2⁴⁰.
  public var bytes: Int
  /// Of the picture or of one frame, as stored, 1…2³⁰.
  public var pixels: Int
  /// Bytes of address space beyond what the program itself takes, 1…2⁴⁰.
  public var memory: Int
  /// Seconds of CPU time of all its threads, 1…a year.
  public var cpuSeconds: Int
  /// Seconds from its start, 1…a year; then it is killed.
  public var wallSeconds: Int
  /// For decoding, 1…16.
  public var threads: Int
  /// Frames of a clip, returned or skipped, 1…2⁴⁰.
  public var frames: Int
  /// Seconds of a clip's own time, 1…a year.
  public var clipSeconds: Int

  public init(
    bytes: Int, pixels: Int, memory: Int, cpuSeconds: Int, wallSeconds: Int, threads: Int = 2, frames: Int = 1,
    clipSeconds: Int = 1
  ) {
    self.bytes = bytes
    self.pixels = pixels
    self.memory = memory
    self.cpuSeconds = cpuSeconds
    self.wallSeconds = wallSeconds
    self.threads = threads
    self.frames = frames
    self.clipSeconds = clipSeconds
  }

  var forPictures: [String] {
    [
      "--max-bytes", "\(bytes)", "--max-pixels", "\(pixels)", "--max-memory", "\(memory)", "--max-cpu", "\(cpuSeconds)",
      "--max-wall", "\(wallSeconds)", "--threads", "\(threads)",
    ]
  }

  var forClips: [String] { forPictures + ["--max-frames", "\(frames)", "--max-seconds", "\(clipSeconds)"] }
}

/// Which frames of a clip to return.
public struct ClipSelection: Sendable, Hashable {
  /// Every N-th, counting from the first; at least 1.
  public var every: Int
  /// None before this many nanoseconds from the first frame.
  public var from: Int
  /// None from this many nanoseconds on; nil for no end.
  public var to: Int?

  public init(every: Int = 1, from: Int = 0, to: Int? = nil) {
    self.every = every
    self.from = from
    self.to = to
  }

  var arguments: [String] {
    ["--every", "\(every)", "--from", "\(from)"] + (to.map { ["--to", "\($0)"] } ?? [])
  }
}
