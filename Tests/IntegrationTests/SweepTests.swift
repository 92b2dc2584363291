import Backup
import EmbeddedStorage
import Foundation
import GridFSStorage
import Logging
import MySQLStorage
import NIOCore
import PoseCore
import TestServers
import Testing

@testable import posevault

@Suite("The sweep on real databases removes nothing that it must not", .serialized)
struct SweepTests {
  static let day: Int64 = 86_400
  static let now = Int64(Date().timeIntervalSince1970)

  @Test("orphans of ours, older than a day, and nothing else; once a day")
  func orphans() async throws {
    try await withStores { stores in
      let orphan = try await stores.put(age: 2 * Self.day)
      let young = try await stores.put(age: Self.day - 60)
      let foreign = try await stores.put(age: 2 * Self.day, dataset: "0123456789abcdef0123456789abcdef")
      let named = try await stores.put(age: 2 * Self.day)
      let capitals = try await stores.put(age: 2 * Self.day)
      try await stores.insert(named)
      try await stores.insertRow(imageID: capitals.description.uppercased())
      let adopted = try await stores.adopt()

      #expect(try await stores.sweep() == .swept(trashed: 1, removed: 0))
      #expect(try await stores.trashed([orphan, young, foreign, named, capitals, adopted]) == [orphan])
      #expect(try await stores.images.find(orphan) != nil, "it lies in the trash")
      for id in [young, foreign, named, capitals, adopted] { #expect(try await stores.images.find(id) != nil) }
      _ = try await stores.put(age: 2 * Self.day)
      #expect(try await stores.sweep() == .notDue)
    }
  }

  @Test("the wrong pose database leaves the pictures of the right one alone")
  func wrongDatabase() async throws {
    try await withStores { right in
      let picture = try await right.put(age: 2 * Self.day)
      let pose = try await right.insert(picture)
      #expect(try await right.sweep() == .swept(trashed: 0, removed: 0))
      try await withStores(pictures: right.pictures) { wrong in
        // with a pose, so that it isn't the empty table that holds the sweep back
        let other = try await wrong.put(age: 2 * Self.day)
        try await wrong.insert(other)
        guard case .torn = try await wrong.sweep() else {
          Issue.record("a database that is not their own swept")
          return
        }
      }
      #expect(try await right.images.find(picture) != nil)
      #expect(try await right.poses.find(pose) != nil)
    }
  }

  @Test("a table that lost all its rows loses no picture")
  func emptyTable() async throws {
    try await withStores { stores in
      var pictures: [ImageID] = []
      for _ in 0..<3 {
        pictures.append(try await stores.put(age: 2 * Self.day))
        try await stores.insert(pictures[pictures.count - 1])
      }
      try await stores.sql("TRUNCATE poses")
      #expect(try await stores.sweep() == .noPoses(orphans: 3))
      for id in pictures { #expect(try await stores.images.find(id) != nil) }
    }
  }

  @Test("more than a hundred are left for a person to look at")
  func tooMany() async throws {
    try await withStores { stores in
      try await stores.insert(try await stores.put(age: 2 * Self.day))
      for _ in 0...OrphanSweep.limit { _ = try await stores.put(age: 2 * Self.day) }
      #expect(try await stores.sweep() == .tooMany(orphans: 101))
      #expect(try await stores.images.list(after: nil, limit: 1000).count == 102)
    }
  }

  @Test("nothing is swept while a restore or a backup is under way")
  func underWay() async throws {
    try await withStores { stores in
      try await stores.insert(try await stores.put(age: 2 * Self.day))
      _ = try await stores.put(age: 2 * Self.day)
      let mark = RestoreMark(host: "a", pid: 1, since: Self.now, heartbeatAt: Self.now, file: "b.zip")
      #expect(try await stores.runs.setRestoreMark(mark, replacing: nil, at: Self.now) == .admitted)
      #expect(try await stores.sweep() == .restoringOrBackingUp)
      try await stores.runs.removeRestoreMark(mark)

      let origin = BackupOrigin(host: "a", pid: 1, startedAt: Self.now, claim: nil)
      guard case .begun(let run) = try await stores.runs.beginBackup(origin) else {
        Issue.record("no backup began")
        return
      }
      #expect(try await stores.sweep() == .restoringOrBackingUp)
      #expect(try await stores.images.list(after: nil, limit: 10).count == 2)
      _ = try await stores.runs.finishBackup(run.id, .failed(message: "x", isRepeated: false, at: Self.now), mail: nil)
      #expect(try await stores.sweep() == .swept(trashed: 1, removed: 0))
    }
  }
}

extension SweepTests {
  @Test("what has lain in the trash for long goes only where a good archive holds it, whatever the clocks were")
  func archived() async throws {
    try await withStores { stores in
      let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
      defer { try? FileManager.default.removeItem(atPath: folder) }
      try await stores.insert(try await stores.put(age: 2 * Self.day))
      func back(up moment: Int64) async throws {
        let runner = try stores.runner(into: folder, at: moment)
        guard case .begun(let run) = try await runner.begin(nil) else { throw PoseVaultError(.internal, "busy") }
        try #require(await runner.complete(run).run.archive?.doubts == [])
      }
      func sweep(_ moment: Int64) async throws -> OrphanSweep.Outcome {
        try await stores.sweep(at: moment, archives: stores.runner(into: folder, at: moment))
      }
      try await back(up: Self.now)
      // the clock is set back, and the picture is neither older than the archive nor in it
      let orphan = try await stores.put(age: 2 * Self.day)
      #expect(try await sweep(Self.now - 3600) == .swept(trashed: 1, removed: 0))
      #expect(try await sweep(Self.now + 31 * Self.day) == .swept(trashed: 0, removed: 0))
      #expect(try await stores.images.find(orphan) != nil)
      try await back(up: Self.now + 31 * Self.day)
      #expect(try await sweep(Self.now + 32 * Self.day) == .swept(trashed: 0, removed: 1))
      #expect(try await stores.images.find(orphan) == nil)
    }
  }

  @Test("doctor finds poses that have lost their picture's document or any of its chunks")
  func lostChunks() async throws {
    try await withStores { stores in
      let pictures = try await stores.adopt(lengths: [2500, 2500, 2500, 2500, 1_000_000])
      var poses: [Int] = []
      for picture in pictures { poses.append(try await stores.insert(picture)) }
      let check = stores.check
      #expect(try await check.lostPictures() == [])

      try await stores.remove(from: "files", "{'_id': bson.ObjectId('\(pictures[1])')}")
      try await stores.remove(from: "chunks", "{'files_id': bson.ObjectId('\(pictures[2])')}")
      try await stores.remove(from: "chunks", "{'files_id': bson.ObjectId('\(pictures[3])'), 'n': 2}")
      try await stores.remove(from: "chunks", "{'files_id': bson.ObjectId('\(pictures[4])'), 'n': 999}")
      #expect(Set(try await check.lostPictures().map(\.id)) == Set(poses.dropFirst()))
    }
  }
}

/// MySQL and MongoDB storages in databases of their own.
private struct Stores: Sendable {
  let mysql: MySQLServer
  let database: String
  let mongodb: MongoDBServer
  /// The name of the pictures' database.
  let pictures: String
  let mysqlStorage: MySQLStorage
  let gridFS: GridFSStorage

  var poses: any PoseRepository { mysqlStorage.poses }
  var runs: any RunStore { mysqlStorage.runs }
  var images: any ImageStore { gridFS.images }

  var check: PictureCheck {
    PictureCheck(poses: poses, images: images, runs: runs, clock: { SweepTests.now })
  }

  func sweep() async throws -> OrphanSweep.Outcome {
    try await sweep(at: SweepTests.now)
  }

  /// What serve does each hour.
  ///
  /// - Parameter archives: one that knows of none where it is nil.
  func sweep(at now: Int64, archives: BackupRunner? = nil) async throws -> OrphanSweep.Outcome {
    let pair = StorePair(runs: runs, images: gridFS.images, place: database)
    return try await OrphanSweep(
      check: check, trash: mysqlStorage.trash, pair: pair, archives: try archives ?? runner(),
      rest: 30 * SweepTests.day,
      logger: Logger(label: "test")
    ).sweep(at: now)
  }

  func runner(into folder: String = "/nowhere", at now: Int64 = SweepTests.now) throws -> BackupRunner {
    let files = BlockingPool("backup files", threads: 1, maxWaiting: 100, waitLimit: .seconds(60))
    return BackupRunner(
      runs: runs,
      maker: BackupMaker(
        source: BackupSource(poses: mysqlStorage.poses, images: gridFS.images, description: "a test"),
        scratch: EmbeddedScratch(), files: files, clock: { now }),
      rules: BackupRules(folder: folder, schedule: try CronExpression("0 0 31 2 *"), zone: .gmt, software: "test"),
      host: "a", files: files,
      clock: { now }, mail: { _, _, _ in nil })
  }

  /// Stores a picture of one byte that arrived `age` seconds ago, by default for these poses.
  func put(age: Int64, dataset: String? = nil) async throws -> ImageID {
    let id = ImageID.generate(at: SweepTests.now - age)
    let bytes = AsyncThrowingStream<ByteBuffer, any Error> { stream in
      stream.yield(ByteBuffer(bytes: [0]))
      stream.finish()
    }
    let ours = try await poses.datasetID()
    try await images.put(
      id, bytes, length: 1, uploadedAt: SweepTests.now - age,
      metadata: ImageMetadata(contentType: "image/jpeg", datasetID: dataset ?? ours))
    return id
  }

  /// The pose's id.
  @discardableResult
  func insert(_ picture: ImageID) async throws -> Int {
    let rows = try await poses.insert([
      NewPose(imageID: picture, keypoints: Array("[]".utf8), createdAt: SweepTests.now)
    ])
    return try #require(rows.first).id
  }

  func trashed(_ pictures: [ImageID]) async throws -> Set<ImageID> {
    try await mysqlStorage.trash.trashed(among: pictures)
  }

  func insertRow(imageID: String) async throws {
    try await sql("INSERT INTO poses (image_id, keypoints) VALUES ('\(imageID)', '[]')")
  }

  /// Stores a picture as another program does, two days ago.
  func adopt() async throws -> ImageID {
    let id = try await mongodb.python(
      """
      import datetime
      db = client["\(pictures)"]
      id = gridfs.GridFSBucket(db, "images").upload_from_stream("a.jpg", b"abc")
      ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=2)
      db["images.files"].update_one({"_id": id}, {"$set": {"uploadDate": ago}})
      print(id)
      """)
    return try #require(ImageID(id.trimmingCharacters(in: .newlines)))
  }

  /// Stores pictures in chunks of 1000 bytes as another program does.
  func adopt(lengths: [Int]) async throws -> [ImageID] {
    let ids = try await mongodb.python(
      """
      bucket = gridfs.GridFSBucket(client["\(pictures)"], "images", chunk_size_bytes=1000)
      for length in \(lengths):
          print(bucket.upload_from_stream("a.jpg", bytes(length)))
      """)
    return ids.split(separator: "\n").compactMap { ImageID($0) }
  }

  /// Removes what matches a filter in Python from the bucket's files or chunks.
  func remove(from collection: String, _ filter: String) async throws {
    try await mongodb.python("client['\(pictures)']['images.\(collection)'].delete_many(\(filter))")
  }

  func sql(_ statement: String) async throws {
    try await mysql.sql(statement, database: database)
  }
}

/// - Parameter pictures: the name of an existing database of pictures.
private func withStores(pictures: String? = nil, _ body: (Stores) async throws -> Void) async throws {
  let mysql = try await MySQLServer.shared(.mariadb)
  let mongodb = try await MongoDBServer.shared()
  let database = try await mysql.makeDatabase()
  let pictures = pictures ?? mongodb.makeDatabase()
  let mysqlStorage = try await MySQLStorage.open(
    MySQLConfiguration(host: "127.0.0.1", port: mysql.port, user: "root", password: "", database: database))
  let gridFS = try await GridFSStorage.open(GridFSConfiguration(uri: mongodb.uri(database: pictures)))
  try await body(
    Stores(
      mysql: mysql, database: database, mongodb: mongodb, pictures: pictures, mysqlStorage: mysqlStorage,
      gridFS: gridFS))
  try await gridFS.close()
  try await mysqlStorage.close()
}
