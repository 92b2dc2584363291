import NIOCore
import PoseCore

/// Pictures that are processed one after the other.
protocol PictureFeed: Sendable {
  /// nil at the end. What it throws ends the run.
  func nextPicture() async throws -> FedPicture?
}

/// A picture, or why there is none.
struct FedPicture: Sendable {
  enum Content: Sendable {
    /// The file at the path.
    case file
    /// Content still to be fetched.
    case source(@Sendable () async throws -> ByteBuffer)
    case bytes(ByteBuffer)
    case failure(PoseVaultError)
  }

  let path: FilePath
  let content: Content

  init(_ path: FilePath, _ content: Content) {
    self.path = path
    self.content = content
  }
}

extension PathFeed: PictureFeed {
  func nextPicture() async throws -> FedPicture? {
    try await next().map { picture in
      FedPicture(picture.path, picture.failure.map { .failure(PoseVaultError(.fileSystem, $0)) } ?? .file)
    }
  }
}
