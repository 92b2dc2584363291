import PoseCore

/// An object or a prefix in S3, as `s3://bucket/key`.
struct S3Address: Sendable, Hashable {
  let bucket: String
  /// Without a slash at its start; empty for the whole bucket.
  let key: String

  private static let scheme = Array("s3://".utf8)

  init(bucket: String, key: String) {
    self.bucket = bucket
    self.key = key
  }

  /// nil for a file path, and for invalid UTF-8, which keys can't be.
  init?(_ path: FilePath) {
    guard Self.isAddress(path), let text = String(validating: path.bytes.dropFirst(Self.scheme.count), as: UTF8.self)
    else { return nil }
    let parts = text.unicodeScalars.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    bucket = String(parts[0])
    key = parts.count > 1 ? String(parts[1]) : ""
  }

  static func isAddress(_ path: FilePath) -> Bool { path.bytes.starts(with: scheme) }

  /// As a folder: the prefix of its keys.
  var prefix: String { key.isEmpty || key.utf8.last == FilePath.slash ? key : key + "/" }

  var path: FilePath { FilePath("s3://\(bucket)/\(key)") }

  func child(_ name: String) -> S3Address { S3Address(bucket: bucket, key: prefix + name) }
}
