public import PoseCore

/// Decodes HEIC and AVIF with the helper program `posevault-decode`, a new process for each call, which can do nothing
/// else. It may use as much memory as its picture declares to need, and a few seconds.
public struct HelperPictures: PictureDecoder {
  public let formats: Set<ImageFormat>
  private let program: DecoderProgram
  private let seconds: Int

  /// What the program takes for any picture, in bytes of address space: stacks, buffers, libraries' tables.
  private static let base = 64 << 20

  /// - Parameters:
  ///   - kinds: the formats that `program` reports it can decode.
  ///   - seconds: how long it may take for a picture; half of that in CPU time.
  public init(_ program: DecoderProgram, kinds: Set<DecoderProgram.Kind>, seconds: Int = 60) {
    self.program = program
    self.seconds = seconds
    formats = Set(
      kinds.compactMap { kind -> ImageFormat? in
        switch kind {
        case .heic: .heic
        case .avif: .avif
        case .clip: nil
        }
      })
  }

  public func declaration(of file: UnsafeRawBufferPointer, stop: StopFlag) throws -> DeclaredPicture {
    // any size is reported; the caller rejects what is too large in its own words
    let limits = DecoderLimits(
      bytes: max(1, file.count), pixels: 1 << 30, memory: Self.base + file.count, cpuSeconds: 2,
      wallSeconds: min(seconds, 10), threads: 1)
    let head = try run("head", on: file, within: limits, stop: stop) { reader in try reader.pictureHead() }
    let bytes = Self.bytesPerPixel(head)
    let pixels = max(head.width * head.height, head.storedWidth * head.storedHeight)
    return DeclaredPicture(
      width: head.width, height: head.height, storedWidth: head.storedWidth, storedHeight: head.storedHeight,
      decoderBytes: file.count + bytes * pixels)
  }

  public func decode(
    _ file: UnsafeRawBufferPointer, declared: DeclaredPicture, stop: StopFlag,
    into reserve: (_ bytes: Int) throws -> UnsafeMutableBufferPointer<UInt8>
  ) throws -> (width: Int, height: Int) {
    let limits = DecoderLimits(
      bytes: max(1, file.count), pixels: declared.pixels, memory: Self.base + declared.decoderBytes,
      cpuSeconds: max(1, seconds / 2), wallSeconds: seconds)
    let head = try run("picture", on: file, within: limits, stop: stop) { reader in try reader.picture(into: reserve) }
    return (head.width, head.height)
  }

  /// Slightly more than libheif 1.15 and its decoders need at their peak, with full-resolution colour.
  private static func bytesPerPixel(_ head: PictureHead) -> Int {
    switch head.format {
    case .heic: head.bits > 8 ? 13 : 8
    case .avif: head.bits > 8 ? 36 : 17
    }
  }

  private func run<Value>(
    _ job: String, on file: UnsafeRawBufferPointer, within limits: DecoderLimits, stop: StopFlag,
    _ body: (RecordReader) throws -> Value
  ) throws -> Value {
    let process: HelperProcess
    do {
      process = try HelperProcess(
        program: program.path, arguments: [job] + limits.forPictures, bytes: file,
        limit: .seconds(limits.wallSeconds), stop: stop)
    } catch is TimeIsOver {
      throw Decoded.picture.tookTooLong
    }
    return try process.readRecords(of: .picture, maxPixels: limits.pixels, body)
  }
}
