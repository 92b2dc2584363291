import Foundation
import NIOCore
import PoseCore
import StorageContract

@testable import EmbeddedStorage

extension EmbeddedFixture {
  /// Stores `bytes` under a new id in the storage that is open.
  func putPicture(
    _ bytes: [UInt8], _ metadata: ImageMetadata = ImageMetadata(contentType: "image/jpeg")
  ) async throws -> ImageID {
    let id = ImageID.generate(at: 1)
    try await storage?.images.put(
      id, Pieces(bytes: bytes), length: bytes.count, uploadedAt: 1, metadata: metadata)
    return id
  }

  func bytes(_ id: ImageID, _ range: Range<Int>? = nil) async throws -> [UInt8]? {
    guard let stream = try await storage?.images.read(id, range: range) else { return nil }
    var bytes: [UInt8] = []
    for try await piece in stream { bytes += piece.readableBytesView }
    return bytes
  }

  /// Writes a small file into the data folder and returns its path.
  nonisolated func writeFile(_ name: String, modified: Double) throws -> String {
    let path = folder + "/" + name
    try Data("stray".utf8).write(to: URL(filePath: path))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSince1970: modified)], ofItemAtPath: path)
    return path
  }
}
