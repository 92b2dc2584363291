import EmbeddedStorage
import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("A backup whose reader is broken fails, names what, and leaves nothing")
struct BrokenReaderTests {
  @Test(
    "rows",
    arguments: [
      (.endsEarly(after: 3), "the database had 8 rows, but 3 were restored"),
      (.endsEarly(after: 0), "the database had 8 rows, but 0 were restored"),
      (.skips(5), "the database had 36 as sum of their ids, but 31 were restored"),
      (.skips(8), "the database had 8 as their last id, but 7 were restored"),
      (.repeats(5), "row 5 follows row 5"),
      (.flipsByte(2), "as sum of the keypoints' CRC-32"),
      (.goesInCircles, "The database gave row 8 after row 8"),
    ] as [(BrokenPoses.Fault, String)])
  func rows(fault: BrokenPoses.Fault, finding: String) async throws {
    try await withFixture { fixture in
      for number in 0..<8 { try await fixture.add(number) }
      let error = await #expect(throws: PoseVaultError.self) {
        _ = try await fixture.create(poses: BrokenPoses(sound: fixture.storage.poses, fault: fault))
      }
      #expect(error?.code == .backupUnproven)
      #expect(error?.message.contains(finding) == true, "\(error?.message ?? "")")
      #expect(try fixture.names() == [])
    }
  }

  @Test("pictures of a store that does not answer")
  func pictures() async throws {
    try await withFixture { fixture in
      for number in 0..<8 { try await fixture.add(number) }
      let id = try #require(ImageID(try await fixture.storage.poses.list(.offset(3, limit: 1))[0].imageID))
      let error = await #expect(throws: PoseVaultError.self) {
        _ = try await fixture.create(images: BrokenImages(sound: fixture.storage.images, fault: .fails(id)))
      }
      #expect(error?.code == .storageUnavailable)
      #expect(error?.message == "The picture \(id) could not be read. The disk reports an error.")
      #expect(try fixture.names() == [])
    }
  }

  @Test("pictures that are not what they were are kept, and told as damaged")
  func damaged() async throws {
    try await withFixture { fixture in
      for number in 0..<8 { try await fixture.add(number) }
      let id = try #require(ImageID(try await fixture.storage.poses.list(.offset(3, limit: 1))[0].imageID))
      let length = Sample.picture(4).count
      let faults: [(BrokenImages.Fault, String, Int)] = [
        (.endsEarly(id), "it has \(length - 1) bytes, not \(length)", length - 1),
        (.flipsByte(id), "its SHA-256 is not the one that was recorded", length),
        (.withholds(id), "it has 0 bytes, not \(length)", 0),
      ]
      for (fault, what, bytes) in faults {
        let backup = try await fixture.create(images: BrokenImages(sound: fixture.storage.images, fault: fault))
        #expect(
          backup.manifest.damaged == [
            Manifest.DamagedPicture(imageID: id, what: what, bytes: bytes, expected: length)
          ])
        #expect(backup.manifest.warnings == ["The picture \(id) is damaged: \(what)."])
        #expect(backup.manifest.pictures == 8 && backup.manifest.lost == [])
      }
    }
  }

  @Test("a picture that only the list leaves out is found all the same")
  func hidden() async throws {
    try await withFixture { fixture in
      for number in 0..<4 { try await fixture.add(number) }
      let id = try #require(ImageID(try await fixture.storage.poses.list(.offset(0, limit: 1))[0].imageID))
      let backup = try await fixture.create(images: BrokenImages(sound: fixture.storage.images, fault: .hides(id)))
      #expect(backup.manifest.pictures == 4 && backup.manifest.lost == [])
    }
  }

  @Test("a picture that is nowhere is told as lost, by row and picture")
  func lost() async throws {
    try await withFixture { fixture in
      for number in 0..<4 { try await fixture.add(number) }
      let row = try await fixture.storage.poses.list(.offset(1, limit: 1))[0]
      let id = try #require(ImageID(row.imageID))
      let backup = try await fixture.create(images: BrokenImages(sound: fixture.storage.images, fault: .loses(id)))
      #expect(backup.manifest.rows.count == 4 && backup.manifest.pictures == 3 && backup.manifest.leftOut == [])
      #expect(backup.manifest.warnings == ["The picture \(id) of row \(row.id) is lost."])
    }
  }
}
