import Foundation
import GridFSStorage
import MySQLStorage
import PoseCore
import TestServers
import Testing

@testable import Backup

@Suite("A backup of MySQL or MariaDB and MongoDB", .serialized, .timeLimit(.minutes(10)))
struct DatabasesTests {
  @Test(
    "restores with the stock clients into each server that there is, row by row and byte by byte",
    arguments: MySQLServer.available)
  func stockClients(flavor: MySQLServer.Flavor) async throws {
    try await withDatabases(flavor) { databases in
      var rows: [PoseRecord] = []
      for number in 0..<25 { rows.append(try await databases.add(number)) }
      _ = try await databases.poses.update(rows[3].id, keypoints: Sample.keypoints(77), at: 9) { _ in }
      try await databases.remove(rows[24])
      let backup = try await databases.create(includesChunks: true)
      #expect(backup.manifest.warnings == [] && backup.manifest.archivedRows == 24 && backup.manifest.pictures == 24)
      let archive = try await Tool.python("read_archive.py", [backup.path])
      #expect(archive.status == 0, "\(archive.output)")
      let folder = try await databases.unpack(backup)
      let stored = try await databases.poses.rows()
      let dump = try String(contentsOfFile: folder + "/mysql/poses.sql", encoding: .utf8)
      for target in MySQLServer.available {
        let server = try await MySQLServer.shared(target)
        let database = try await server.makeDatabase()
        try await server.sql(dump, database: database)
        // it takes over what the stock client restored
        try await withPoses(server, database) { poses in
          let restored = try await poses.rows()
          #expect(try ParsedJSON.areSame(restored, stored))
          let filter = PoseFilter(fileName: .equals("Ü '7'.jpg"), isCorrected: false)
          let found = try await poses.list(.offset(0, limit: 9), of: filter, with: [])
          #expect(found.map(\.id) == [rows[7].id])
          let new = NewPose(imageID: .generate(at: 1), keypoints: Sample.keypoints(1), createdAt: 1)
          let id = try await poses.insert([new])[0].id
          #expect(id == rows[24].id + 1)
        }
      }
      for options in [[], ["--from-chunks"]] {
        if !options.isEmpty { try FileManager.default.removeItem(atPath: folder + "/images") }
        let uri = databases.mongodb.uri(database: databases.mongodb.makeDatabase())
        let script = try await Tool.run(Tool.python, [Tool.script("restore-pictures"), folder, uri] + options)
        #expect(script.status == 0, "\(script.output)")
        try await Self.expectSamePictures(databases.images, uri)
        let again = try await Tool.run(Tool.python, [Tool.script("restore-pictures"), folder, uri] + options)
        #expect(again.status == 1 && again.output.contains("not empty"))
      }
    }
  }

  @Test("is proven while poses are stored, corrected and deleted", arguments: MySQLServer.available)
  func meanwhile(flavor: MySQLServer.Flavor) async throws {
    try await withDatabases(flavor) { databases in
      var rows: [PoseRecord] = []
      for number in 0..<40 { rows.append(try await databases.add(number)) }
      let stored = rows
      let writers = Task {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for writer in 0..<4 {
            group.addTask {
              for number in 0..<8 {
                let mine = stored[writer * 10 + number]
                try await databases.add(100 + number)
                _ = try await databases.poses.update(mine.id, keypoints: Sample.keypoints(9), at: 9) { _ in }
                if number.isMultiple(of: 2) { try await databases.remove(mine) }
              }
            }
          }
          try await group.waitForAll()
        }
      }
      for _ in 0..<3 {
        let backup = try await databases.create()
        #expect(backup.manifest.lost == [])
        guard case .proven = try await databases.backups.verify(backup.path) else {
          Issue.record("not proven again")
          return
        }
      }
      try await writers.value
      let last = try await databases.create()
      #expect(last.manifest.archivedRows == 40 + 32 - 16 && last.manifest.pictures == 40 + 32 - 16)
    }
  }

  @Test("leaves out a picture that is deleted with its row in the middle", arguments: MySQLServer.available)
  func deleted(flavor: MySQLServer.Flavor) async throws {
    try await withDatabases(flavor) { databases in
      var rows: [PoseRecord] = []
      for number in 0..<4 { rows.append(try await databases.add(number)) }
      let (first, doomed) = (try #require(ImageID(rows[0].imageID)), rows[2])
      let images = BrokenImages(sound: databases.images, fault: .runs(first) { try await databases.remove(doomed) })
      let backup = try await databases.create(images: images)
      #expect(backup.manifest.leftOut.map(\.id) == [doomed.id] && backup.manifest.leftOutPictures == 1)
      #expect(backup.manifest.lost == [] && backup.manifest.pictures == 3)
    }
  }

  @Test("of MySQL that breaks off fails clearly and leaves nothing", arguments: MySQLServer.available)
  func brokenSnapshot(flavor: MySQLServer.Flavor) async throws {
    try await withDatabases(flavor) { databases in
      try await databases.poses.restore(
        (1...450).map {
          PoseRecord(id: $0, imageID: "a", keypoints: Sample.keypoints($0), createdAt: nil, updatedAt: nil)
        })
      let poses = BrokenPoses(
        sound: databases.poses, fault: .runs(afterRow: 200) { try await databases.killConnections() })
      let error = await #expect(throws: PoseVaultError.self) { try await databases.create(poses: poses) }
      #expect(error?.code == .storageUnavailable && error?.message.contains("was lost") == true, "\(error as Any)")
      #expect(try databases.backups.names() == [])
      // the next one works
      #expect(try await databases.create().manifest.rows.count == 450)
    }
  }

  @Test("of MongoDB that breaks off fails clearly and leaves nothing")
  func brokenBucket() async throws {
    let server = try await MongoDBServer.start()
    try await withDatabases(.mariadb, mongodb: server) { databases in
      var rows: [PoseRecord] = []
      for number in 0..<4 { rows.append(try await databases.add(number)) }
      let third = try #require(ImageID(rows[2].imageID))
      let images = BrokenImages(sound: databases.images, fault: .runs(third) { try await server.kill9() })
      let error = await #expect(throws: PoseVaultError.self) { try await databases.create(images: images) }
      #expect(error?.code == .storageUnavailable, "\(error as Any)")
      #expect(try databases.backups.names() == [])
    }
  }

  private static func expectSamePictures(_ stored: GridFSImageStore, _ uri: String) async throws {
    try await withImages(uri) { restored in
      let pictures = try await stored.list(after: nil, limit: 1000)
      #expect(try await restored.list(after: nil, limit: 1000) == pictures)
      for picture in pictures {
        let (bytes, document) = (try await restored.bytes(picture.id), try await restored.document(picture.id))
        #expect(try await stored.bytes(picture.id) == bytes)
        #expect(try await stored.document(picture.id) == document)
      }
    }
  }
}

extension DatabasesFixture {
  /// Ends all connections to the poses' database from the server's side.
  fileprivate func killConnections() async throws {
    let numbers = try await mysql.sql("SELECT id FROM information_schema.processlist WHERE db = '\(poseDatabase)'")
    try await mysql.sql(numbers.split(separator: "\n").map { "KILL \($0);" }.joined())
  }
}
