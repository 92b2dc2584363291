import Curl
import Foundation
public import Logging
public import PoseCore
public import S3

/// Pictures in S3.
public final class S3Storage: Sendable {
  public let images: S3ImageStore

  /// - Parameters:
  ///   - prefix: what the keys begin with, for a bucket that has other contents, too; without a slash at either end.
  ///   - spoolFolder: where a picture of more than 1 MiB is kept while it is being stored, as an unlinked file. nil for
  ///     the system's folder.
  ///   - connections: to the server, 1 or more.
  ///
  /// Throws `configuration` for an invalid prefix. Does not contact S3 yet.
  public init(
    _ location: S3Location, credentials: S3Credentials, prefix: String = "",
    spoolFolder: String? = nil, connections: Int = 16,
    patience: S3Patience = S3Patience(attempts: 4, longest: .seconds(2)), log: Logger
  ) throws {
    guard prefix.utf8.count <= 512, !prefix.hasPrefix("/"), !prefix.hasSuffix("/"), !prefix.contains("//"),
      prefix.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
    else {
      throw PoseVaultError(
        .configuration, "An S3 prefix has at most 512 bytes, and no slash at its ends or beside another one.")
    }
    images = S3ImageStore(
      bucket: S3Bucket(
        location, credentials: credentials, connections: connections,
        limits: TransferLimits(connect: 5, reply: 30, total: 3600), patience: patience, log: log),
      pings: S3Bucket(
        location, credentials: credentials, connections: 1, limits: TransferLimits(connect: 1, reply: 1, total: 2),
        patience: .none, waitLimit: .milliseconds(500), log: log),
      files: BlockingPool("pictures", threads: 2, maxWaiting: 1000, waitLimit: .seconds(60)),
      prefix: prefix.isEmpty ? "" : prefix + "/",
      spoolFolder: spoolFolder ?? FileManager.default.temporaryDirectory.path)
  }

  /// Throws `storageUnavailable` with one clear line unless the bucket exists, can be read, and contains pictures or
  /// nothing after the prefix.
  public func check() async throws {
    _ = try await images.list(after: nil, limit: 1)
  }

  /// Waits for the calls in progress, then closes the connections; later calls throw `shuttingDown`.
  public func close() async throws {
    try await images.bucket.shutDown()
    try await images.pings.shutDown()
    try await images.files.shutDown()
  }
}

extension S3ImageStore {
  /// The requests waiting and in progress.
  public var pools: [PoolLoad] { [bucket.load(named: "s3")] }
}
