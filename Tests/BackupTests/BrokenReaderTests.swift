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

  @Test("pictures")
  func pictures() async throws {
    try await withFixture { fixture in
      for number in 0..<8 { try await fixture.add(number) }
      let id = try #require(ImageID(try await fixture.storage.poses.list(.offset(3, limit: 1))[0].imageID))
      let images = fixture.storage.images
      let faults: [(BrokenImages.Fault, PoseVaultError.Code, String)] = [
        (.endsEarly(id), .backupUnproven, "is damaged: it has"),
        (.flipsByte(id), .backupUnproven, "is not what was uploaded"),
        (.withholds(id), .backupUnproven, "could not be read. The store does not give its bytes."),
        (.fails(id), .storageUnavailable, "could not be read. The disk reports an error."),
      ]
      for (fault, code, finding) in faults {
        let error = await #expect(throws: PoseVaultError.self) {
          _ = try await fixture.create(images: BrokenImages(sound: images, fault: fault))
        }
        #expect(error?.code == code)
        #expect(error?.message.contains(finding) == true && error?.message.contains("\(id)") == true)
        #expect(try fixture.names() == [])
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
