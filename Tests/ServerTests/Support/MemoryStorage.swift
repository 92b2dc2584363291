import NIOCore
import PoseCore
import Synchronization

/// Both storage ports in memory, with faults to be switched on.
final class MemoryStorage: PoseRepository, ImageStore {
  struct State {
    var rows: [Int: PoseRecord] = [:]
    var lastID = 0
    var images: [ImageID: (image: StoredImage, bytes: ByteBuffer)] = [:]
    /// Thrown by every call of the repository, or of the image store.
    var poseFault: PoseVaultError?
    var imageFault: PoseVaultError?
    var insertFault: PoseVaultError?
    var deleteImageFault: PoseVaultError?
    /// Every ping waits as long.
    var pingDelay: Duration = .zero
  }

  let state = Mutex(State())

  func setFault(_ path: sending WritableKeyPath<State, PoseVaultError?>, _ fault: PoseVaultError?) {
    state.withLock { $0[keyPath: path] = fault }
  }

  /// A row as another program left it.
  func adopt(_ row: PoseRecord) {
    state.withLock { state in
      state.rows[row.id] = row
      state.lastID = max(state.lastID, row.id)
    }
  }

  func adopt(_ image: StoredImage, _ bytes: ByteBuffer) {
    state.withLock { $0.images[image.id] = (image, bytes) }
  }

  var imageCount: Int { state.withLock { $0.images.count } }
  var rowCount: Int { state.withLock { $0.rows.count } }

  private func poseState<Value>(_ body: (inout State) throws -> Value) throws -> Value {
    try state.withLock { state in
      if let fault = state.poseFault { throw fault }
      return try body(&state)
    }
  }

  private func imageState<Value>(_ body: (inout State) throws -> Value) throws -> Value {
    try state.withLock { state in
      if let fault = state.imageFault { throw fault }
      return try body(&state)
    }
  }

  func datasetID() async throws -> String { try poseState { _ in "0123456789abcdef" } }

  func insert(_ poses: [NewPose]) async throws -> [PoseRecord] {
    try poseState { state in
      if let fault = state.insertFault { throw fault }
      return poses.map { pose in
        state.lastID += 1
        let row = PoseRecord(id: state.lastID, pose)
        state.rows[row.id] = row
        return row
      }
    }
  }

  func find(_ id: Int, with parts: PoseParts) async throws -> PoseRecord? {
    try poseState { $0.rows[id]?.only(parts) }
  }

  func list(_ page: PosePage, of filter: PoseFilter, with parts: PoseParts) async throws -> [PoseRecord] {
    try poseState { state in
      let rows = state.rows.values.filter(filter.allows).sorted { $0.id > $1.id }.map { $0.only(parts) }
      switch page {
      case .offset(let offset, let limit): return Array(rows.dropFirst(offset).prefix(limit))
      case .after(let id, let limit): return Array(rows.drop { $0.id >= id }.prefix(limit))
      }
    }
  }

  func count(of filter: PoseFilter) async throws -> Int {
    try poseState { $0.rows.values.filter(filter.allows).count }
  }

  func update(
    _ id: Int, keypoints: [UInt8], at seconds: Int64, with parts: PoseParts, if condition: Condition
  ) async throws -> PoseRecord? {
    try change(id, if: condition) { row in
      row.detectedKeypoints = row.detectedKeypoints ?? row.keypoints
      (row.keypoints, row.updatedAt, row.correctedAt) = (keypoints, seconds, seconds)
    }?.only(parts)
  }

  func revert(
    _ id: Int, at seconds: Int64, with parts: PoseParts, if condition: Condition
  ) async throws -> PoseRecord? {
    try change(id, if: condition) { row in
      guard let detected = row.detectedKeypoints else { return }
      (row.keypoints, row.detectedKeypoints, row.updatedAt, row.correctedAt) = (detected, nil, seconds, nil)
    }?.only(parts)
  }

  private func change(
    _ id: Int, if condition: Condition, _ body: (inout PoseRecord) -> Void
  ) throws -> PoseRecord? {
    try poseState { state in
      guard var row = state.rows[id] else { return nil }
      try condition(row.only([]))
      body(&row)
      state.rows[id] = row
      return row
    }
  }

  func delete(_ id: Int, if condition: Condition) async throws -> DeletedPose? {
    try poseState { state in
      guard let row = state.rows[id] else { return nil }
      try condition(row)
      state.rows[id] = nil
      let isShared = state.rows.values.contains { $0.imageID == row.imageID }
      return DeletedPose(imageID: row.imageID, imageIsShared: isShared)
    }
  }

  func referenced(among ids: [ImageID]) async throws -> Set<ImageID> {
    try poseState { state in Set(ids).intersection(state.rows.values.compactMap { ImageID($0.imageID) }) }
  }

  func put(
    _ id: ImageID, _ bytes: ByteStream, length: Int, uploadedAt: Int64, metadata: ImageMetadata
  ) async throws -> StoredImage {
    var all = ByteBuffer()
    for try await piece in bytes { all.writeImmutableBuffer(piece) }
    let image = StoredImage(id: id, length: all.readableBytes, uploadedAt: uploadedAt, metadata: metadata)
    try imageState { $0.images[id] = (image, all) }
    return image
  }

  func find(_ id: ImageID) async throws -> StoredImage? { try imageState { $0.images[id]?.image } }

  func read(_ id: ImageID, range: Range<Int>?) async throws -> ByteStream? {
    try imageState { state in
      guard let bytes = state.images[id]?.bytes else { return nil }
      let range = range ?? 0..<bytes.readableBytes
      let part = bytes.getSlice(at: range.lowerBound, length: range.count) ?? ByteBuffer()
      return Pieces(bytes: part)
    }
  }

  func delete(_ id: ImageID) async throws -> Bool {
    try imageState { state in
      if let fault = state.deleteImageFault { throw fault }
      return state.images.removeValue(forKey: id) != nil
    }
  }

  func list(after: ImageID?, limit: Int) async throws -> [StoredImage] { [] }

  // as a store without an index
  func find(sha256: String, limit: Int) async throws -> [StoredImage]? { nil }

  func ping() async throws {
    let (delay, fault) = state.withLock { ($0.pingDelay, $0.poseFault) }
    if delay > .zero { try await Task.sleep(for: delay) }
    if let fault { throw fault }
  }
}

extension PoseRecord {
  func only(_ parts: PoseParts) -> PoseRecord {
    var record = self
    if !parts.contains(.details) { record.details = PoseDetails() }
    if !parts.contains(.world) { record.worldKeypoints = nil }
    if !parts.contains(.detection) { record.detectedKeypoints = nil }
    return record
  }
}

extension PoseFilter {
  func allows(_ row: PoseRecord) -> Bool {
    if let imageID, imageID != ImageID(row.imageID) { return false }
    if let createdFrom, row.createdAt.map({ $0 < createdFrom }) ?? true { return false }
    if let createdBefore, row.createdAt.map({ $0 >= createdBefore }) ?? true { return false }
    if let isCorrected, isCorrected != (row.correctedAt != nil) { return false }
    switch fileName {
    case .equals(let name): return row.details.fileName == name
    case .contains(let search):
      guard let name = row.details.fileName.map({ Array($0.unicodeScalars) }) else { return false }
      return search.words.allSatisfy { word in
        word.forms.contains { letters in
          (0...max(name.count - letters.count, 0)).contains { start in
            start + letters.count <= name.count
              && letters.indices.allSatisfy { letters[$0].contains(name[start + $0]) }
          }
        }
      }
    case nil: return true
    }
  }
}

/// Bytes in pieces of 64 KB.
struct Pieces: AsyncSequence, Sendable {
  var bytes: ByteBuffer

  struct AsyncIterator: AsyncIteratorProtocol {
    var bytes: ByteBuffer

    mutating func next() async throws -> ByteBuffer? {
      bytes.readableBytes == 0 ? nil : bytes.readSlice(length: Swift.min(65536, bytes.readableBytes))
    }
  }

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: bytes) }
}
