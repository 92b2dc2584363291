import Crypto
import Foundation
import PoseCore
import S3
import Synchronization

/// The result of one input as an object, and its statistics as another one, which is stored last.
final class ObjectResult: InputResult {
  private struct State {
    var digest = SHA256()
    var count = 0
    var handle: FileHandle?
  }

  private let bucket: S3Bucket
  private let name: FilePath
  private let result: S3Address
  private let stats: S3Address
  private let files: BlockingPool
  /// Where the result is collected: an object is stored in one go.
  private let spool = FileManager.default.temporaryDirectory.appending(path: "posevault-\(UUID().uuidString)")
  private let state = Mutex(State())

  /// As ``FileResult/init(_:ending:below:files:)``.
  init(
    _ place: [[UInt8]], ending: String, below folder: S3Address, in buckets: S3Buckets, files: BlockingPool
  ) async throws {
    let parts = place.map { PictureName(bytes: $0).text }
    name = ResultFile.name(place.last ?? [], ending)
    bucket = try await buckets.bucket(folder.bucket)
    let path = parts.joined(separator: "/")
    result = folder.child("\(path).\(ending)")
    stats = folder.child("\(path).\(ResultFile.statsEnding)")
    self.files = files
  }

  deinit { try? FileManager.default.removeItem(at: spool) }

  func earlier() async throws -> ResultStats? {
    guard let bytes = try await bucket.get(stats.key, limit: 65_536)?.bytes, let earlier = ResultStats(json: bytes),
      earlier.output.file == name.name.text, try await bucket.head(result.key)?.length == earlier.output.bytes
    else { return nil }
    return earlier
  }

  func begin() async throws {
    let spool = spool
    let handle = try await files.run {
      try Data().write(to: spool)
      return try FileHandle(forWritingTo: spool)
    }
    state.withLock { $0.handle = handle }
  }

  func write(_ bytes: [UInt8]) async throws {
    try await files.run { [self] in
      try state.withLock { state in
        state.digest.update(data: bytes)
        state.count += bytes.count
        try state.handle?.write(contentsOf: Data(bytes))
      }
    }
  }

  func finish() async throws -> ResultStats.Output {
    let (digest, count) = state.withLock { ($0.digest, $0.count) }
    // the earlier one's would be taken for this one's
    try await bucket.delete(stats.key)
    try await put(result.key, .file(path: spool.path, range: 0..<count))
    try? FileManager.default.removeItem(at: spool)
    return ResultStats.Output(file: name.name.text, bytes: count, sha256: Hexadecimal.text(digest.finalize()))
  }

  func tell(_ told: ResultStats) async throws {
    try await put(stats.key, .bytes(told.json()))
  }

  func discard(withEarlier: Bool) async {
    guard withEarlier else { return }
    try? await bucket.delete(stats.key)
    try? await bucket.delete(result.key)
  }

  /// Storing it twice gives the same result.
  private func put(_ key: String, _ content: S3Bucket.Content) async throws {
    for attempt in 1... {
      do {
        _ = try await bucket.put(key, content)
        return
      } catch let error as PoseVaultError where error.code == .storageUnavailable && !error.isLasting && attempt < 3 {
        try await Task.sleep(for: .seconds(attempt))
      }
    }
  }
}
