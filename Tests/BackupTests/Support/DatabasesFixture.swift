import EmbeddedStorage
import Foundation
import GridFSStorage
import MySQLStorage
import NIOCore
import PoseCore
import StorageContract
import TestServers

@testable import Backup

/// MySQL or MariaDB and MongoDB, each with a database of its own, and a BACKUP_DIR.
struct DatabasesFixture: Sendable {
  let mysql: MySQLServer
  let mongodb: MongoDBServer
  let poseDatabase: String
  let imageDatabase: String
  let poses: MySQLPoseRepository
  let images: GridFSImageStore
  /// Makes and proves the archives.
  let backups: BackupFixture

  /// Stores a picture and a pose of it.
  @discardableResult
  func add(_ number: Int) async throws -> PoseRecord {
    let (id, bytes) = (ImageID.generate(at: 1_765_362_600), Sample.picture(number))
    try await images.put(
      id, Pieces(bytes: bytes), length: bytes.count, uploadedAt: 1_765_362_600,
      metadata: ImageMetadata(contentType: "image/jpeg", width: 640, fileName: "Übung \"\(number)\" 🧘.jpg"))
    return try await poses.insert([
      NewPose(
        imageID: id, keypoints: Sample.keypoints(number), worldKeypoints: Sample.keypoints(number + 100),
        details: PoseDetails(score: 0.9_735_481, pictureWidth: 640, pictureHeight: 480, fileName: "Ü '\(number)'.jpg"),
        createdAt: 1_765_362_600 + Int64(number))
    ])[0]
  }

  /// Deletes a pose and its picture, in the order in which the server does.
  func remove(_ pose: PoseRecord) async throws {
    _ = try await poses.delete(pose.id) { _ in }
    if let id = ImageID(pose.imageID) { try await images.delete(id) }
  }

  func create(
    poses: (any ArchivablePoses)? = nil, images: (any ArchivableImages)? = nil, includesChunks: Bool = false
  ) async throws -> ProvenBackup {
    try await backups.create(
      poses: poses ?? self.poses, images: images ?? self.images, includesChunks: includesChunks)
  }

  /// Unpacks an archive as a user would, and returns the folder.
  func unpack(_ backup: ProvenBackup) async throws -> String {
    let folder = backups.folder + "/unpacked"
    let unzip = try await Tool.run("/usr/bin/unzip", ["-q", "-o", backup.path, "-d", folder])
    guard unzip.status == 0 else { throw PoseVaultError(.fileSystem, unzip.output) }
    return folder
  }
}

extension ArchivablePoses {
  /// All rows.
  func rows() async throws -> [PoseRecord] {
    try await withSnapshot { try await $0.rows(after: nil, limit: .max) }
  }
}

extension ImageStore {
  /// The bytes in one piece; nil when the picture isn't there.
  func bytes(_ id: ImageID) async throws -> [UInt8]? {
    guard let stream = try await read(id, range: nil) else { return nil }
    var bytes: [UInt8] = []
    for try await piece in stream { bytes += piece.readableBytesView }
    return bytes
  }
}

/// Opens the poses of a database on a server; it is set up where it is new.
func withPoses(
  _ server: MySQLServer, _ database: String, _ body: (MySQLPoseRepository) async throws -> Void
) async throws {
  let storage = try await MySQLStorage.open(
    MySQLConfiguration(host: "127.0.0.1", port: server.port, user: "root", password: "", database: database))
  do {
    try await body(storage.poses)
  } catch {
    try? await storage.close()
    throw error
  }
  try await storage.close()
}

/// Opens the pictures of a database on a server.
func withImages(_ uri: String, _ body: (GridFSImageStore) async throws -> Void) async throws {
  let storage = try await GridFSStorage.open(GridFSConfiguration(uri: uri))
  do {
    try await body(storage.images)
  } catch {
    try? await storage.close()
    throw error
  }
  try await storage.close()
}

/// Runs `body` with databases of their own, on servers that all tests share unless one is given.
func withDatabases(
  _ flavor: MySQLServer.Flavor, mongodb: MongoDBServer? = nil, _ body: @Sendable (DatabasesFixture) async throws -> Void
) async throws {
  let mysql = try await MySQLServer.shared(flavor)
  let mongodb = if let mongodb { mongodb } else { try await MongoDBServer.shared() }
  let (poseDatabase, imageDatabase) = (try await mysql.makeDatabase(), mongodb.makeDatabase())
  try await withFixture { backups in
    try await withPoses(mysql, poseDatabase) { poses in
      try await withImages(mongodb.uri(database: imageDatabase)) { images in
        try await body(
          DatabasesFixture(
            mysql: mysql, mongodb: mongodb, poseDatabase: poseDatabase, imageDatabase: imageDatabase, poses: poses,
            images: images, backups: backups))
      }
    }
  }
}
