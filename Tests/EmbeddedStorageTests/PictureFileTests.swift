import Foundation
import NIOCore
import PoseCore
import StorageContract
import Testing

@testable import EmbeddedStorage

@Suite("The picture files")
struct PictureFileTests {
  @Test(
    "hold exactly the original bytes, under the id and the format's extension",
    arguments: [
      ("image/jpeg", "jpg"), ("image/png", "png"), ("image/webp", "webp"), ("image/x-unknown", "bin"),
    ])
  func names(contentType: String, fileExtension: String) async throws {
    try await withFixture { fixture in
      _ = try await fixture.open()
      let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * 7 >> 3) }
      let id = try await fixture.putPicture(bytes, ImageMetadata(contentType: contentType))
      let file = "\(fixture.folder)/images/\(id.description.suffix(2))/\(id).\(fileExtension)"
      #expect(try Data(contentsOf: URL(filePath: file)) == Data(bytes))
    }
  }

  @Test("without a row are strays: never shown, found when old, removed when asked")
  func strays() async throws {
    try await withFixture { fixture in
      let images = try await fixture.open().images
      let kept = try await fixture.putPicture([1])
      let (old, young) = (ImageID.generate(at: 1), ImageID.generate(at: 2))
      let oldFile = try fixture.writeFile("images/\(old.description.suffix(2))/\(old).jpg", modified: 1000)
      _ = try fixture.writeFile("images/\(young.description.suffix(2))/\(young).jpg", modified: 5000)
      _ = try fixture.writeFile("images/00/notes.txt", modified: 1000)
      // a second format beside the picture that has the row
      let twin = "\(kept.description.suffix(2))/\(kept).png"
      _ = try fixture.writeFile("images/" + twin, modified: 1000)

      #expect(try await images.find(old) == nil)
      #expect(try await images.list(after: nil, limit: 10).map(\.id) == [kept])
      let strays = try await images.strays(before: 2000)
      #expect(Set(strays) == ["\(old.description.suffix(2))/\(old).jpg", twin])
      #expect(try await images.remove(strays: strays + ["\(kept.description.suffix(2))/\(kept).jpg"]) == 2)
      #expect(!FileManager.default.fileExists(atPath: oldFile))
      #expect(try await images.strays(before: 2000) == [])
      #expect(try await fixture.leftovers().count == 2)
      #expect(try await fixture.bytes(kept) == [1])
    }
  }

  @Test("that a crash left without a row give way when the picture is stored again")
  func retry() async throws {
    try await withFixture { fixture in
      let images = try await fixture.open().images
      let id = ImageID.generate(at: 1)
      _ = try fixture.writeFile("images/\(id.description.suffix(2))/\(id).jpg", modified: 1000)
      try await images.put(
        id, Pieces(bytes: [7, 8]), length: 2, uploadedAt: 1, metadata: ImageMetadata(contentType: "image/jpeg"))
      #expect(try await fixture.bytes(id) == [7, 8])
    }
  }

  @Test("that are gone are no pictures, and those that can't be looked at are an error")
  func gone() async throws {
    try await withFixture { fixture in
      let images = try await fixture.open().images
      let id = try await fixture.putPicture([1, 2])
      let place = "\(fixture.folder)/images/\(id.description.suffix(2))"
      try FileManager.default.moveItem(atPath: place, toPath: place + "-away")
      // a link to itself, which nobody can follow
      try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: place)
      for call: @Sendable () async throws -> Void in [
        { _ = try await images.find(id) }, { _ = try await images.read(id, range: nil) },
      ] {
        let error = await #expect(throws: PoseVaultError.self) { try await call() }
        #expect(error?.code == .storageUnavailable)
      }
      try FileManager.default.removeItem(atPath: place)
      #expect(try await images.find(id) == nil)
      #expect(try await images.read(id, range: nil) == nil)
      try FileManager.default.moveItem(atPath: place + "-away", toPath: place)
      #expect(try await images.find(id)?.length == 2)
    }
  }

  @Test("that were on their way in are removed at the next start when older than a day")
  func incoming() async throws {
    try await withFixture { fixture in
      try await fixture.open().close()
      let now = Date.now.timeIntervalSince1970
      let old = try fixture.writeFile("images/incoming/old", modified: now - 90_000)
      let young = try fixture.writeFile("images/incoming/young", modified: now - 80_000)
      _ = try await fixture.open()
      #expect(!FileManager.default.fileExists(atPath: old))
      #expect(FileManager.default.fileExists(atPath: young))
    }
  }

  @Test("that are lost are not there; that are cut short or can't be read are errors")
  func damage() async throws {
    try await withFixture { fixture in
      let images = try await fixture.open().images
      let id = try await fixture.putPicture([1, 2, 3])
      let file = "\(fixture.folder)/images/\(id.description.suffix(2))/\(id).jpg"
      try FileHandle(forWritingTo: URL(filePath: file)).truncate(atOffset: 2)
      let short = await #expect(throws: PoseVaultError.self) { _ = try await fixture.bytes(id) }
      #expect(short?.code == .storageUnavailable)
      let part = await #expect(throws: PoseVaultError.self) { _ = try await images.read(id, range: 0..<2) }
      #expect(part?.code == .storageUnavailable)
      try FileManager.default.removeItem(atPath: file)
      #expect(try await images.read(id, range: nil) == nil)
      try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: file)
      let unreadable = await #expect(throws: PoseVaultError.self) { _ = try await images.read(id, range: nil) }
      #expect(unreadable?.code == .storageUnavailable)
    }
  }

  @Test("that can't get their place leave neither row nor file")
  func noPlace() async throws {
    try await withFixture { fixture in
      let images = try await fixture.open().images
      let id = ImageID.generate(at: 1)
      try FileManager.default.removeItem(atPath: "\(fixture.folder)/images/\(id.description.suffix(2))")
      let error = await #expect(throws: PoseVaultError.self) {
        try await images.put(id, Pieces(bytes: [1]), length: 1, uploadedAt: 1, metadata: .init())
      }
      #expect(error?.code == .storageUnavailable)
      #expect(try await images.find(id) == nil)
      #expect(try await fixture.leftovers() == [])
      try FileManager.default.removeItem(atPath: fixture.folder + "/images/incoming")
      await #expect(throws: PoseVaultError.self) { try await images.ping() }
    }
  }
}
