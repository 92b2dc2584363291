import EmbeddedStorage
import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("What happens to the stores while a backup is made")
struct MeanwhileTests {
  @Test("a pose deleted with its picture is left out and counted, and the archive is proven")
  func deleted() async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<6 { rows.append(try await fixture.add(number)) }
      let (storage, doomed) = (fixture.storage, [rows[0], rows[3], rows[5]])
      let first = try #require(ImageID(rows[1].imageID))
      // two more poses of a picture that goes
      let shared = try #require(ImageID(rows[3].imageID))
      let twin = try await storage.poses.insert([
        NewPose(imageID: shared, keypoints: Sample.keypoints(9), createdAt: 9)
      ])[0]
      let images = BrokenImages(
        sound: storage.images,
        fault: .runs(first) {
          for row in doomed + [twin] { _ = try await storage.poses.delete(row.id) { _ in } }
          for row in doomed { _ = try await storage.images.delete(try #require(ImageID(row.imageID))) }
        })
      let backup = try await fixture.create(images: images)
      // the first picture was packed before it went
      #expect(backup.manifest.leftOut.map(\.id) == [rows[3].id, rows[5].id, twin.id])
      #expect(backup.manifest.leftOutPictures == 2 && backup.manifest.pictures == 4)
      #expect(backup.manifest.rows.count == 7 && backup.manifest.archivedRows == 4)
      #expect(backup.manifest.lost == [] && backup.manifest.warnings == [])
      guard case .proven = try await fixture.verify(backup.path) else {
        Issue.record("not proven again")
        return
      }
    }
  }

  @Test("a picture deleted in the middle of being read is left out with its row")
  func deletedWhileRead() async throws {
    try await withFixture { fixture in
      var rows: [PoseRecord] = []
      for number in 0..<3 { rows.append(try await fixture.add(number)) }
      let (storage, row) = (fixture.storage, rows[1])
      let id = try #require(ImageID(row.imageID))
      let images = BrokenImages(
        sound: storage.images,
        fault: .runs(id) {
          _ = try await storage.poses.delete(row.id) { _ in }
          try await storage.images.delete(id)
          throw PoseVaultError(.storageUnavailable, "A chunk is missing.")
        })
      let backup = try await fixture.create(images: images)
      #expect(backup.manifest.leftOut.map(\.id) == [row.id] && backup.manifest.pictures == 2)
    }
  }

  @Test("rows that are added or changed are not in it")
  func added() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      let id = try #require(ImageID(row.imageID))
      let storage = fixture.storage
      let images = BrokenImages(
        sound: storage.images,
        fault: .runs(id) {
          _ = try await storage.poses.insert([NewPose(imageID: id, keypoints: Sample.keypoints(2), createdAt: 2)])
          _ = try await storage.poses.update(row.id, keypoints: Sample.keypoints(3), at: 3) { _ in }
        })
      let backup = try await fixture.create(images: images)
      #expect(backup.manifest.rows.count == 1)
      #expect(backup.manifest.chain == Hexadecimal.text(chain([row])))
    }
  }

  @Test("a run that is cancelled leaves nothing")
  func cancelled() async throws {
    try await withFixture { fixture in
      for number in 0..<3 { try await fixture.add(number) }
      let id = try #require(ImageID(try await fixture.storage.poses.list(.offset(0, limit: 1))[0].imageID))
      let run = Task {
        let images = BrokenImages(
          sound: fixture.storage.images, fault: .runs(id) { withUnsafeCurrentTask { $0?.cancel() } })
        _ = try await fixture.create(images: images)
      }
      await #expect(throws: CancellationError.self) { try await run.value }
      #expect(try fixture.names() == [])
    }
  }

  private func chain(_ rows: [PoseRecord]) -> [UInt8] {
    var chain = RowChain()
    for row in rows { chain.add(RowChain.digest(row)) }
    return chain.bytes
  }
}
