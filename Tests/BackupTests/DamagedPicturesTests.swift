import EmbeddedStorage
import Foundation
import Glibc
import GridFSStorage
import PoseCore
import TestServers
import Testing

@testable import Backup

@Suite("A picture that is damaged in its store never stops a backup: it is kept and told", .timeLimit(.minutes(3)))
struct DamagedPicturesTests {
  /// What is done to a file, what is told of it, and how many bytes are kept of 1004.
  struct FileDamage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let what: String
    let bytes: Int
    let damage: @Sendable (String) throws -> Void
  }

  @Test(
    "as a file",
    arguments: [
      FileDamage(testDescription: "cut", what: "it has 600 bytes, not 1004", bytes: 600) { truncate($0, 600) },
      FileDamage(testDescription: "empty", what: "it has 0 bytes, not 1004", bytes: 0) { truncate($0, 0) },
      FileDamage(testDescription: "longer", what: "it has 1010 bytes, not 1004", bytes: 1010) { truncate($0, 1010) },
      FileDamage(
        testDescription: "another", what: "its SHA-256 is not the one that was recorded", bytes: 1004
      ) { try Data(repeating: 7, count: 1004).write(to: URL(filePath: $0)) },
      FileDamage(
        testDescription: "a folder", what: "what lies in its place is no file; it has 0 bytes, not 1004", bytes: 0
      ) { path in
        unlink(path)
        mkdir(path, 0o700)
      },
      FileDamage(
        testDescription: "a pipe", what: "what lies in its place is no file; it has 0 bytes, not 1004", bytes: 0
      ) { path in
        unlink(path)
        mkfifo(path, 0o600)
      },
      FileDamage(
        testDescription: "a link to itself", what: "what lies in its place is no file; it has 0 bytes, not 1004",
        bytes: 0
      ) { path in
        unlink(path)
        symlink(path, path)
      },
    ])
  func file(_ damage: FileDamage) async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(0)
      for number in 1..<4 { try await fixture.add(number) }
      let id = try #require(ImageID(row.imageID))
      let recorded = try await fixture.storage.images.find(id)?.metadata.sha256
      #expect(recorded?.count == 64)
      try damage.damage(fixture.folder + "/data/images/\(row.imageID.suffix(2))/\(row.imageID).jpg")
      let backup = try await fixture.create(includesChunks: true)
      #expect(
        backup.manifest.damaged == [
          Manifest.DamagedPicture(imageID: id, what: damage.what, bytes: damage.bytes, expected: 1004)
        ])
      #expect(backup.manifest.pictures == 4 && backup.manifest.lost == [] && backup.manifest.archivedRows == 4)
      let python = try await Tool.python("read_archive.py", [backup.path])
      #expect(python.status == 0, "\(python.output)")
      try await restored(backup, in: fixture) { storage in
        let expected = try await storage.images.find(id)
        #expect(expected?.length == damage.bytes)
        #expect(try await storage.images.bytes(id)?.count == damage.bytes)
        #expect(
          try await fixture.storage.images.list(after: nil, limit: 9).map(\.metadata.sha256).contains(
            expected?.metadata.sha256))
      }
    }
  }

  @Test("a picture whose file is gone is lost, as ever, and not damaged")
  func gone() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(0)
      unlink(fixture.folder + "/data/images/\(row.imageID.suffix(2))/\(row.imageID).jpg")
      let backup = try await fixture.create()
      #expect(backup.manifest.lost.map(\.row) == [row.id] && backup.manifest.damaged == [])
    }
  }

  @Test("half of the pictures with poses are damaged, though there are new ones without a pose")
  func halfOfNamed() async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<4 { rows.append(try await fixture.add(number)) }
      // younger than a day, so that no run calls them left behind yet
      for number in 4..<8 { try await fixture.addPicture(Sample.picture(number), number) }
      for row in rows.prefix(2) {
        truncate(fixture.folder + "/data/images/\(row.imageID.suffix(2))/\(row.imageID).jpg", 600)
      }
      let archive = try #require(try await RunFixture(fixture).back().run.archive)
      #expect(archive.counts.pictures == 8 && archive.counts.unreferencedPictures == 0)
      #expect(archive.doubts == ["2 pictures are lost or damaged."])
    }
  }

  /// What is done to the picture `id` in `db`, by Python with pymongo; each chunk has 1000 bytes of 3500.
  static let bucketDamages: [(String, String, Int, Int?)] = [
    (
      "chunks.delete_one({'files_id': id, 'n': 1})", "its chunk 1 is missing; bytes 1000 to 1999 are missing", 3500,
      3500
    ),
    ("chunks.delete_one({'files_id': id, 'n': 3})", "it has 3000 bytes, not 3500", 3000, 3500),
    ("chunks.delete_many({'files_id': id})", "it has 0 bytes, not 3500", 0, 3500),
    (
      "chunks.update_one({'files_id': id, 'n': 1}, {'$set': {'data': b'short'}})",
      "its chunk 1 has 5 bytes instead of 1000; bytes 1005 to 1999 are missing", 3500, 3500
    ),
    (
      "chunks.update_one({'files_id': id, 'n': 1}, {'$set': {'data': b'x' * 1200}})",
      "its chunk 1 has 1200 bytes instead of 1000", 3500, 3500
    ),
    (
      "chunks.update_one({'files_id': id, 'n': 3}, {'$set': {'data': b'x' * 700}})",
      "its chunk 3 has 700 bytes instead of 500; it has 3700 bytes, not 3500", 3700, 3500
    ),
    (
      "chunks.insert_one({'files_id': id, 'n': 2, 'data': b'x' * 1000})",
      "its chunk 2 is there more than once", 3500, 3500
    ),
    (
      "chunks.update_one({'files_id': id, 'n': 2}, {'$set': {'data': 'text'}})",
      "its chunk 2 holds no bytes; bytes 2000 to 2999 are missing", 3500, 3500
    ),
    (
      "chunks.update_one({'files_id': id, 'n': 2}, {'$set': {'data': b'y' * 1000}})",
      "its SHA-256 is not the one that was recorded", 3500, 3500
    ),
    (
      "files.update_one({'_id': id}, {'$set': {'metadata.sha256': '0' * 64}})",
      "its SHA-256 is not the one that was recorded", 3500, 3500
    ),
    (
      "files.update_one({'_id': id}, {'$unset': {'chunkSize': 1}})", "its document has no valid chunk size",
      3500, 3500
    ),
    (
      "files.update_one({'_id': id}, {'$set': {'chunkSize': 0}})", "its document has no valid chunk size", 3500,
      3500
    ),
    (
      "files.update_one({'_id': id}, {'$set': {'chunkSize': bson.Int64(2**40), 'length': bson.Int64(2**62)}})",
      "its document has no valid chunk size; it has 3500 bytes, not 4611686018427387904", 3500, 1 << 62
    ),
    ("files.update_one({'_id': id}, {'$unset': {'length': 1}})", "its document has no length", 3500, nil),
    ("files.update_one({'_id': id}, {'$set': {'length': 'long'}})", "its document has no length", 3500, nil),
    ("files.update_one({'_id': id}, {'$set': {'length': -5}})", "its document has no length", 3500, nil),
    (
      "files.update_one({'_id': id}, {'$set': {'length': bson.Int64(2**62)}})",
      "its chunk 3 has 500 bytes instead of 1000; it has 3500 bytes, not 4611686018427387904", 3500, 1 << 62
    ),
    (
      "files.delete_one({'_id': id}); files.insert_one(bson.raw_bson.RawBSONDocument(bson.encode({'_id': id, "
        + "'length': 3500, 'chunkSize': 1000, 'filename': 'XX'}).replace(b'XX', b'\\xf1\\xf2')))",
      "its document holds text that is not UTF-8", 3500, 3500
    ),
    (
      "chunks.update_one({'files_id': id, 'n': 3}, {'$set': {'n': 2**31 - 1}})",
      "its chunks 3 to 2147483646 are missing; more bytes are missing than zeros stand for", 3500, 3500
    ),
  ]

  @Test("in GridFS, whatever the damage, whether a pose names it or not")
  func bucket() async throws {
    let mongodb = try await MongoDBServer.shared()
    let (database, target) = (mongodb.makeDatabase(), mongodb.makeDatabase())
    // one that is sound comes last
    let damages = Self.bucketDamages + [("pass", "", 3500, 3500)]
    let ids = damages.map { _ in (row: ImageID.generate(at: 1_765_362_600), stray: ImageID.generate(at: 1_765_362_600))
    }
    try await withFixture { fixture in
      try await withImages(mongodb.uri(database: database)) { images in
        let uploads = ids.map { "upload('\($0.row)')\nupload('\($0.stray)')\n" }.joined()
        let damage = zip(ids, damages).map { ids, damage in
          "for id in (bson.ObjectId('\(ids.row)'), bson.ObjectId('\(ids.stray)')):\n    \(damage.0)\n"
        }.joined()
        try await mongodb.python(
          """
          import datetime, hashlib, bson.raw_bson
          db = client['\(database)']
          content = b'\\xff\\xd8\\xff' + bytes(i * i % 251 for i in range(3497))
          bucket = gridfs.GridFSBucket(db, 'images', chunk_size_bytes=1000)
          files, chunks = db['images.files'], db['images.chunks']
          def upload(id):
              meta = {'sha256': hashlib.sha256(content).hexdigest()}
              bucket.upload_from_stream_with_id(bson.ObjectId(id), 'a.jpg', content, metadata=meta)

          """ + uploads + "chunks.drop_index('files_id_1_n_1')\n" + damage
            + "files.update_many({}, {'$set': {'uploadDate': datetime.datetime(2025, 12, 10)}})\n")
        let keypoints = Array("[]".utf8)
        _ = try await fixture.storage.poses.insert(
          ids.map { NewPose(imageID: $0.row, keypoints: keypoints, createdAt: 1) })
        let backup = try await fixture.create(images: images, includesChunks: true)
        for ((row, stray), (damage, what, bytes, expected)) in zip(ids, damages).dropLast() {
          let found = try #require(backup.manifest.damaged.first { $0.imageID == row }, "\(damage)")
          #expect(found.what.hasPrefix(what), "\(damage): \(found.what)")
          #expect(found.bytes == bytes && found.expected == expected, "\(damage): \(found)")
          // a document without a length is a picture only to the row that names it
          let same = backup.manifest.damaged.first { $0.imageID == stray }
          #expect(same?.what == (expected == nil ? nil : found.what), "\(damage)")
        }
        #expect(backup.manifest.damaged.count == 2 * Self.bucketDamages.count - 3)
        #expect(backup.manifest.lost == [] && backup.manifest.pictures == backup.manifest.damaged.count + 2)
        let python = try await Tool.python("read_archive.py", [backup.path])
        #expect(python.status == 0, "\(python.output)")
        // all go into another bucket as they are, and can be read there
        try await withImages(mongodb.uri(database: target)) { restored in
          try await self.restore(backup, into: restored, in: fixture)
          for damaged in backup.manifest.damaged {
            #expect(try await restored.bytes(damaged.imageID)?.count == damaged.bytes, "\(damaged)")
          }
        }
      }
    }
  }

  private func restored(
    _ backup: ProvenBackup, in fixture: BackupFixture, _ body: (EmbeddedStorage) async throws -> Void
  ) async throws {
    let storage = try await EmbeddedStorage.open(fixture.folder + "/restored", role: .server)
    do {
      try await restore(backup, into: storage.images, of: storage, in: fixture)
      try await body(storage)
    } catch {
      try? await storage.close()
      throw error
    }
    try await storage.close()
  }

  private func restore(_ backup: ProvenBackup, into images: GridFSImageStore, in fixture: BackupFixture) async throws {
    let folder = fixture.folder + "/restored-\(UUID().uuidString)"
    let storage = try await EmbeddedStorage.open(folder, role: .server)
    do {
      try await restore(backup, into: images, of: storage, in: fixture)
    } catch {
      try? await storage.close()
      throw error
    }
    try await storage.close()
  }

  private func restore(
    _ backup: ProvenBackup, into images: any RestorableImages, of storage: EmbeddedStorage, in fixture: BackupFixture
  ) async throws {
    let restorer = ArchiveRestorer(
      target: RestoreTarget(poses: storage.poses, images: images, runs: storage.runs, place: "there"),
      origin: RestoreOrigin(host: "here", pid: 4_000_001), scratch: EmbeddedScratch(), spoolFolder: fixture.folder,
      files: fixture.files,
      clock: { 1_765_400_000 })
    try await restorer.restore(backup.path, backup.manifest, named: "a.zip", passphrase: nil)
    // restored rows and pictures are this database's own
    #expect(try await storage.poses.datasetID() == backup.manifest.datasetID)
  }
}
