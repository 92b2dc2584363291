import EmbeddedStorage
import Foundation
import GridFSStorage
import MySQLStorage
import NIOCore
import PoseCore
import TestServers
import Testing

/// All that a storage holds, read through its ports.
struct Contents {
  var rows: [PoseRecord] = []
  var pictures: [StoredImage] = []
  var bytes: [ImageID: [UInt8]] = [:]

  /// Row by row and byte by byte; JSON counts as what it means.
  static func expectEqual(_ found: Contents, _ expected: Contents) throws {
    #expect(found.pictures == expected.pictures)
    #expect(found.bytes == expected.bytes)
    try #require(found.rows.count == expected.rows.count)
    for (row, other) in zip(found.rows, expected.rows) {
      #expect(try meaning(row) == meaning(other), "row \(other.id)")
      #expect(try plain(row) == plain(other), "row \(other.id)")
    }
  }

  private static func meaning(_ row: PoseRecord) throws -> [NSObject?] {
    try [row.keypoints, row.worldKeypoints, row.detectedKeypoints].map { json in
      try json.map { try JSONSerialization.jsonObject(with: Data($0)) as? NSObject } ?? nil
    }
  }

  private static func plain(_ row: PoseRecord) throws -> PoseRecord {
    var row = row
    (row.keypoints, row.worldKeypoints, row.detectedKeypoints) = ([], row.worldKeypoints.map { _ in [] }, nil)
    return row
  }

  init(poses: any ArchivablePoses, images: any ImageStore) async throws {
    rows = try await poses.withSnapshot { try await $0.rows(after: nil, limit: 100_000) }
    pictures = try await images.list(after: nil, limit: 100_000)
    for picture in pictures {
      var content: [UInt8] = []
      let stream = try #require(try await images.read(picture.id, range: nil))
      for try await piece in stream { content += piece.readableBytesView }
      bytes[picture.id] = content
    }
  }

  static func embedded(_ folder: String) async throws -> Contents {
    let storage = try await EmbeddedStorage.open(folder, role: .command)
    let contents = try await Contents(poses: storage.poses, images: storage.images)
    try await storage.close()
    return contents
  }

  static func databases(_ databases: Databases) async throws -> Contents {
    let mysql = try await MySQLStorage.open(
      MySQLConfiguration(
        host: "127.0.0.1", port: databases.mysql.port, user: "posevault", password: "choose-a-password",
        database: "posevault"))
    let gridFS = try await GridFSStorage.open(GridFSConfiguration(uri: databases.settings["MONGODB_URI"] ?? ""))
    let contents = try await Contents(poses: mysql.poses, images: gridFS.images)
    try await gridFS.close()
    try await mysql.close()
    return contents
  }
}

/// An embedded storage with poses and pictures, and an archive of it, made by the program.
struct Original {
  let archive: String
  let contents: Contents

  static func make(_ count: Int, in folder: String) async throws -> Original {
    let storage = try await EmbeddedStorage.open(folder + "/data", role: .command)
    for number in 0..<count {
      let id = ImageID.generate(at: 1_765_362_600)
      let bytes =
        [0xFF, 0xD8, 0xFF, 0xE0]
        + (0..<(1000 + number % 7 * 60_000)).map { UInt8(truncatingIfNeeded: $0 &* number &+ $0 >> 8) }
      try await storage.images.put(
        id, Pieces(bytes: bytes), length: bytes.count, uploadedAt: 1_765_362_600 + Int64(number),
        metadata: ImageMetadata(
          contentType: "image/jpeg", width: 640, height: 480, fileName: number % 3 == 0 ? nil : "Übung \(number).jpg",
          datasetID: try await storage.poses.datasetID()))
      let rows = (0...(number % 2)).map { person in
        NewPose(
          imageID: id, keypoints: keypoints(number + person), worldKeypoints: keypoints(number + 1000),
          details: PoseDetails(score: 0.9_735_481, pictureWidth: 640, pictureHeight: 480, fileName: "a'b\(number)"),
          createdAt: 1_765_362_600 + Int64(number))
      }
      let stored = try await storage.poses.insert(rows)
      if number % 5 == 0 {
        _ = try await storage.poses.update(stored[0].id, keypoints: keypoints(number + 7), at: 1_765_362_700) { _ in }
      }
      // ids with gaps
      if number % 4 == 3 { _ = try await storage.poses.delete(stored[0].id) { _ in } }
    }
    try await storage.close()
    let made = try await Program.run(["backup", "create"], in: folder)
    try #require(made.status == 0, "\(made.errors)")
    return Original(
      archive: made.output.trimmingCharacters(in: .newlines), contents: try await .embedded(folder + "/data"))
  }

  private static func keypoints(_ number: Int) -> [UInt8] {
    KeypointsJSON.bytes(
      of: Landmark.allCases.map { landmark in
        let value = Float(landmark.rawValue * 31 + number * 17 + 1) / 997
        return Keypoint(x: value, y: -value / 3, z: -value / 7, visibility: 0.5, presence: 1)
      })
  }
}

private struct Pieces: AsyncSequence, Sendable {
  let bytes: [UInt8]

  func makeAsyncIterator() -> Iterator { Iterator(rest: bytes[...]) }

  struct Iterator: AsyncIteratorProtocol {
    var rest: ArraySlice<UInt8>

    mutating func next() async throws -> ByteBuffer? {
      guard !rest.isEmpty else { return nil }
      defer { rest = rest.dropFirst(65_536) }
      return ByteBuffer(bytes: rest.prefix(65_536))
    }
  }
}
