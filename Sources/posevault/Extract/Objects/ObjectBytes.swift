import Crypto
import Foundation
import PoseCore
import S3
import Synchronization

/// An object that is read from start to end, a few MiB at a time.
final class ObjectBytes: InputBytes {
  private struct State {
    var digest = SHA256()
    var count = 0
  }

  private let bucket: S3Bucket
  private let key: String
  private let object: S3Object
  private let files: BlockingPool
  private let state = Mutex(State())

  private static let pieceLength = 8 * 1024 * 1024

  /// Throws what ``S3Bucket`` does, `fileSystem` if there is no such object, and `unsupportedEncoding`.
  init(_ address: S3Address, in buckets: S3Buckets, files: BlockingPool) async throws {
    bucket = try await buckets.bucket(address.bucket)
    key = address.key
    guard let object = try await bucket.head(address.key) else {
      throw PoseVaultError(.fileSystem, "The object doesn't exist.")
    }
    if let encoding = Self.unknown(object.contentEncoding) {
      throw PoseVaultError(
        .unsupportedEncoding, "The object's Content-Encoding is \(Terminal.line(encoding)), which is not undone here.")
    }
    self.object = object
    self.files = files
  }

  /// Encodings that change bytes and can't be detected in them, unlike ``PackedFormat``; some programs only claim to
  /// have compressed.
  private static func unknown(_ encoding: String?) -> String? {
    (encoding ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.first { item in
      let name = item.lowercased()
      return !["identity", "aws-chunked", "", "x-gzip"].contains(name) && PackedFormat(rawValue: name) == nil
    }
  }

  var length: Int? { object.length }

  /// Different content has a different one.
  var mark: String? { object.etag.isEmpty ? nil : object.etag }

  func next() async throws -> [UInt8] {
    let position = state.withLock { $0.count }
    guard position < object.length else { return [] }
    let range = position..<min(position + Self.pieceLength, object.length)
    do {
      let etag = object.etag.isEmpty ? nil : object.etag
      guard let bytes = try await bucket.get(key, range: range, etag: etag, limit: range.count)?.bytes,
        bytes.count == range.count
      else { throw Self.changed }
      try await files.run { [self] in
        state.withLock { state in
          state.digest.update(data: bytes)
          state.count += bytes.count
        }
      }
      return bytes
    } catch let error as PoseVaultError where error.code == .preconditionFailed {
      throw Self.changed
    }
  }

  func digest() async throws -> InputDigest {
    let (digest, count) = state.withLock { ($0.digest, $0.count) }
    guard count == object.length else { throw Self.changed }
    return InputDigest(bytes: count, sha256: Hexadecimal.text(digest.finalize()), mark: mark)
  }

  private static var changed: PoseVaultError {
    PoseVaultError(.fileSystem, "The object changed while it was read.")
  }
}
