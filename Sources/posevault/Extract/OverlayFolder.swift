import Glibc
import Imaging
import NIOCore
import PoseCore

/// Where `--overlay` writes the pictures with their skeletons.
///
/// The whole path of a picture is kept below the folder, with `/` at its start as `_root` and `..` as `_up`; names that
/// would be ambiguous get one more underscore. A suffix is always added to its name. So no picture is ever overwritten,
/// and no two pictures share one overlay.
struct OverlayFolder: Sendable {
  private let folder: FilePath
  private let limits: ImageLimits
  private let decoder: (any PictureDecoder)?
  private let files: BlockingPool
  /// All pictures being drawn have together at most as many pixels as one may have, each counted with its copy and what
  /// is written.
  private let pixels: Budget
  private static let mark = Array(".overlay.".utf8)

  init(_ folder: FilePath, limits: ImageLimits, decoder: (any PictureDecoder)? = nil, files: BlockingPool) {
    self.folder = folder
    self.limits = limits
    self.decoder = decoder
    self.files = files
    pixels = Budget(
      "pictures to draw", capacity: 3 * limits.maxPixels, maxWaiting: 10_000, waitLimit: .seconds(86_400))
  }

  var load: PoolLoad { pixels.load(named: "overlay_pixels") }

  /// Walking a folder skips what an earlier run wrote into it.
  static func isOverlay(_ name: [UInt8]) -> Bool {
    name.indices.contains { name[$0...].starts(with: mark) }
  }

  /// Such as `DIR/photos/a.jpg.overlay.jpg`.
  func path(for picture: FilePath, _ format: ImageFormat) -> FilePath {
    parts(for: picture, format).reduce(folder) { $0.child($1) }
  }

  private func parts(for picture: FilePath, _ format: ImageFormat) -> [[UInt8]] {
    let relative = picture.belowWorkingDirectory
    var parts = relative.parts.filter { $0 != Array(".".utf8) }.map(Self.written)
    if relative.isAbsolute { parts.insert(Array("_root".utf8), at: 0) }
    let name = parts.popLast() ?? []
    return parts + [name + Self.mark + Array((format == .png ? "png" : "jpg").utf8)]
  }

  private static func written(_ part: [UInt8]) -> [UInt8] {
    if part == Array("..".utf8) { return Array("_up".utf8) }
    let underscores = part.prefix { $0 == UInt8(ascii: "_") }
    let rest = part.dropFirst(underscores.count)
    let isTaken = !underscores.isEmpty && ["up", "root"].contains { rest.elementsEqual($0.utf8) }
    return isTaken ? [UInt8(ascii: "_")] + part : part
  }

  /// Draws on the picture and writes it: PNG for PNG, otherwise JPEG.
  ///
  /// Throws ``PoseVaultError``, about the picture or with `fileSystem`, or `CancellationError`.
  func write(_ picture: ByteBuffer, _ extraction: Extraction, of path: FilePath) async throws {
    let header = try await ImageHeader.of(picture, limits: limits, decoder: decoder, on: files)
    try await pixels.withUnits(header.weight(drawnWithin: .max)) {
      try await files.run { stop in try draw(picture, header: header, extraction, of: path, stop: stop) }
    }
  }

  private func draw(
    _ picture: ByteBuffer, header: ImageHeader, _ extraction: Extraction, of path: FilePath, stop: StopFlag
  ) throws {
    var image = try picture.withUnsafeReadableBytes {
      try RGBImage(decoding: $0, header: header, decoder: decoder, stop: stop)
    }
    image.draw(extraction.poses)
    let bytes = try extraction.header.format == .png ? image.png() : image.jpeg()
    let parts = parts(for: path, extraction.header.format)
    do {
      try Self.write(bytes, to: parts, in: folder)
    } catch let failure as SystemFailure {
      let file = parts.reduce(folder) { $0.child($1) }
      throw PoseVaultError(
        .fileSystem, "The overlay \(file.shown) cannot be written: \(failure.reason).", cause: failure)
    }
  }

  private static func write(_ bytes: [UInt8], to parts: [[UInt8]], in folder: FilePath) throws {
    let descriptor = try FolderDescent.open(parts.dropLast(), below: folder)
    defer { close(descriptor) }
    try put(bytes, FilePath(bytes: parts.last ?? []), in: descriptor)
  }

  /// Completely or not at all.
  private static func put(_ bytes: [UInt8], _ name: FilePath, in folder: Int32) throws {
    let temporary: FilePath = FilePath(".posevault-\(getpid())-\(UInt32.random(in: .min ... .max))")
    let file = try SystemFailure.check(
      temporary.withCString { openat(folder, $0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666) })
    do {
      defer { close(file) }
      try Descriptor.write(bytes, to: file)
      let result = temporary.withCString { old in name.withCString { renameat(folder, old, folder, $0) } }
      if result != 0 { throw SystemFailure(errno) }
    } catch {
      _ = temporary.withCString { unlinkat(folder, $0, 0) }
      if case Descriptor.Failure.system(let number) = error { throw SystemFailure(number) }
      throw error
    }
  }
}
