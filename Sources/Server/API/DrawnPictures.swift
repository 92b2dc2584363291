import NIOCore
import PoseCore
import Synchronization

/// Pictures as drawn on request: read whole from the store, a few at a time, with thumbnails cached for a while.
final class DrawnPictures: Sendable {
  private let images: any ImageStore
  private let renderer: any PictureRenderer
  private let maxBytes: Int
  /// Limits the pictures' files in memory.
  private let readers: Budget
  private let thumbnails: Mutex<RecentlyUsed<ThumbnailName>>
  /// Pictures that can't be drawn, so that they are not read and retried for each size.
  private let refusals = Mutex<[ImageID: Refusal]>([:])

  private struct Refusal {
    let error: PoseVaultError
    let end: ContinuousClock.Instant

    /// How long they are remembered: a picture that is damaged in its store may be restored.
    static let time: Duration = .seconds(600)
    static let most = 1000
  }

  private struct ThumbnailName: Hashable {
    let image: ImageID
    let side: Int
  }

  init(images: any ImageStore, renderer: any PictureRenderer, maxBytes: Int, keptBytes: Int = 32 * 1024 * 1024) {
    self.images = images
    self.renderer = renderer
    self.maxBytes = maxBytes
    readers = Budget("pictures to draw", capacity: 4, maxWaiting: 256, waitLimit: .seconds(20))
    thumbnails = Mutex(RecentlyUsed(capacity: keptBytes))
  }

  /// Pictures whose files are in memory.
  var load: PoolLoad { readers.load(named: "drawing_files") }

  func thumbnail(of image: StoredImage, side: Int) async throws -> ByteBuffer {
    let name = ThumbnailName(image: image.id, side: side)
    if let kept = thumbnails.withLock({ $0[name] }) { return kept }
    let drawn = try await draw(image) { [renderer] in try await renderer.thumbnail(of: $0, side: side) }
    thumbnails.withLock { $0.keep(drawn, as: name) }
    return drawn
  }

  /// Drops what was drawn from a picture that is erased.
  func forget(_ image: ImageID) {
    thumbnails.withLock { $0.remove { $0.image == image } }
  }

  /// Drawn every time: a single one may be larger than the whole cache, and browsers cache it themselves.
  func rendition(of image: StoredImage, side: Int) async throws -> ByteBuffer {
    try await draw(image) { [renderer] in try await renderer.thumbnail(of: $0, side: side) }
  }

  func overlay(on image: StoredImage, _ people: [[Keypoint]], side: Int) async throws -> ByteBuffer {
    try await draw(image) { [renderer] in try await renderer.overlay(on: $0, people, side: side) }
  }

  func skeletons(
    _ people: [[Keypoint]], over image: StoredImage, _ details: PoseDetails
  ) async throws -> ByteBuffer {
    let size = try await size(of: image, details)
    return renderer.skeletons(people, width: size.width, height: size.height)
  }

  /// Pixels of a row's upright picture; nil if it is gone or not a supported picture.
  ///
  /// - Parameter row: with its details.
  func size(of row: PoseRecord) async throws -> (width: Int, height: Int)? {
    if let width = row.details.pictureWidth, let height = row.details.pictureHeight { return (width, height) }
    do {
      guard let id = ImageID(row.imageID), let image = try await images.find(id) else { return nil }
      return try await size(of: image, row.details)
    } catch let error as PoseVaultError {
      guard error.isOfPicture || error.code == .notFound else { throw error }
      return nil
    }
  }

  /// From the row if it is ours, otherwise from the store, otherwise from the picture itself.
  private func size(of image: StoredImage, _ details: PoseDetails) async throws -> (width: Int, height: Int) {
    if let width = details.pictureWidth ?? image.metadata.width,
      let height = details.pictureHeight ?? image.metadata.height
    {
      return (width, height)
    }
    return try await withBytes(of: image) { [renderer] in try await renderer.size(of: $0) }
  }

  /// The format of a row's picture as it was stored; nil where it is gone, or nobody knows.
  func format(of row: PoseRecord) async throws -> ImageFormat? {
    guard let id = ImageID(row.imageID), let type = try await images.find(id)?.metadata.contentType else { return nil }
    return ImageFormat.allCases.first { $0.contentType == type }
  }

  /// A row's picture as other programs show it upright, whatever they know of orientations: its own bytes where they do,
  /// else a JPEG of it. nil where it is gone or no picture that is read.
  func toExport(of row: PoseRecord) async throws -> (bytes: ByteBuffer, format: ImageFormat)? {
    do {
      guard let id = ImageID(row.imageID), let image = try await images.find(id) else { return nil }
      return try await withBytes(of: image) { [renderer] bytes in
        if let format = try await renderer.plainFormat(of: bytes) { return (bytes, format) }
        return (try await renderer.thumbnail(of: bytes, side: Self.longestSide), .jpeg)
      }
    } catch let error as PoseVaultError {
      guard error.isOfPicture || error.code == .notFound else { throw error }
      return nil
    }
  }

  /// The most pixels that a JPEG's side may have.
  static let longestSide = 65500

  /// What can't be drawn once is refused for a while without being looked at.
  private func draw(
    _ image: StoredImage, _ body: (ByteBuffer) async throws -> ByteBuffer
  ) async throws -> ByteBuffer {
    if let refusal = refusals.withLock({ $0[image.id] }), refusal.end > .now { throw refusal.error }
    do {
      return try await withBytes(of: image, body)
    } catch let error as PoseVaultError where error.isOfPicture {
      refusals.withLock { refusals in
        if refusals.count >= Refusal.most { refusals = [:] }
        refusals[image.id] = Refusal(error: error, end: .now + Refusal.time)
      }
      throw error
    }
  }

  private func withBytes<Value: Sendable>(
    of image: StoredImage, _ body: (ByteBuffer) async throws -> Value
  ) async throws -> Value {
    guard image.length <= maxBytes else {
      throw PoseVaultError.pictureTooLarge(image.length, maxBytes: maxBytes)
    }
    return try await readers.withUnits(1) {
      guard let stream = try await images.read(image.id, range: nil) else { throw Self.notFound(image.id) }
      var bytes = ByteBufferAllocator().buffer(capacity: image.length)
      for try await piece in stream { bytes.writeImmutableBuffer(piece) }
      return try await body(bytes)
    }
  }

  static func notFound(_ id: ImageID) -> PoseVaultError {
    PoseVaultError(.notFound, "There is no picture \(id).")
  }
}

/// Buffers with a limited total size; the least recently used is dropped first.
struct RecentlyUsed<Name: Hashable & Sendable> {
  private struct Entry {
    let buffer: ByteBuffer
    var lastUse: Int
  }

  private let capacity: Int
  private var entries: [Name: Entry] = [:]
  private var bytes = 0
  private var uses = 0

  init(capacity: Int) { self.capacity = capacity }

  subscript(name: Name) -> ByteBuffer? {
    mutating get {
      uses += 1
      entries[name]?.lastUse = uses
      return entries[name]?.buffer
    }
  }

  mutating func remove(_ isUnwanted: (Name) -> Bool) {
    for (name, entry) in entries where isUnwanted(name) {
      bytes -= entry.buffer.readableBytes
      entries[name] = nil
    }
  }

  /// One that exceeds the total limit is not kept.
  mutating func keep(_ buffer: ByteBuffer, as name: Name) {
    guard buffer.readableBytes <= capacity else { return }
    uses += 1
    bytes += buffer.readableBytes - (entries[name]?.buffer.readableBytes ?? 0)
    entries[name] = Entry(buffer: buffer, lastUse: uses)
    while bytes > capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
      bytes -= oldest.value.buffer.readableBytes
      entries[oldest.key] = nil
    }
  }
}
