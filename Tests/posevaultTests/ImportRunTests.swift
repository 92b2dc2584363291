import EmbeddedStorage
import Foundation
import NIOCore
import PoseCore
import Testing

@testable import posevault

@Suite("Importing")
struct ImportRunTests {
  /// As many people as the file has letters `P`; `!` is no picture.
  private struct Extractor: PoseExtractor {
    func extract(
      _ image: ByteBuffer, maxPoses: Int, onDetection: @escaping @Sendable (PictureHeader) -> Void
    ) async throws -> Extraction {
      let text = String(buffer: image)
      if text.contains("!") { throw PoseVaultError(.corruptImage, "broken") }
      let people = min(text.count { $0 == "P" }, maxPoses)
      let picture = PictureHeader(format: .png, width: 4, height: 3)
      return Extraction(picture, poses: (0..<people).map { _ in Sample.pose() })
    }
  }

  @Test("pictures are stored once: a second run passes over them, changed ones and other paths are new")
  func runs() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    let pictures = folder + "/pictures"
    try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    func write(_ name: String, _ text: String) throws {
      try Data(text.utf8).write(to: URL(filePath: "\(pictures)/\(name).png"))
    }
    for (name, text) in [("one", "P"), ("two", "PP"), ("none", "x"), ("broken", "!"), ("three", "PPP")] {
      try write(name, text)
    }
    let storage = try await EmbeddedStorage.open(folder + "/data", role: .command)
    let files = BlockingPool("files", threads: 2, maxWaiting: 100, waitLimit: .seconds(60))
    let run = ImportRun(
      poses: storage.poses, images: storage.images,
      intake: PictureIntake(extractor: Extractor(), poses: storage.poses, images: storage.images, clock: { 7 }) {
        _, _ in
      },
      claims: storage.imports, files: files,
      maxBytes: 100, maxPoses: 2, window: 2)
    func outcomes() async throws -> [String: ImportRun.Outcome] {
      var told: [String: ImportRun.Outcome] = [:]
      try await run.run(PathFeed([FilePath(pictures)], files: files)) { path, outcome in
        told[String(path.shown.dropFirst(pictures.count + 1))] = outcome
      }
      return told
    }

    #expect(
      try await outcomes() == [
        "one.png": .stored(people: 1), "two.png": .stored(people: 2), "none.png": .withoutPerson,
        "broken.png": .failed("broken"), "three.png": .stored(people: 2),
      ])
    #expect(try await storage.poses.count() == 5)
    let found = try await storage.poses.list(
      .offset(0, limit: 9), of: PoseFilter(fileName: .equals(pictures + "/two.png")), with: .details)
    #expect(found.count == 2 && found.allSatisfy { $0.details.pictureWidth == 4 && $0.details.score == 0.75 })

    try write("twice", "P")
    let twice = ["twice.png", "./twice.png", "twice.png"].map { "\(pictures)/\($0)" }
    var stored = 0
    try await run.run(PathFeed(twice.map { FilePath($0) }, files: files)) { _, outcome in
      stored += outcome == .known ? 0 : 1
    }
    #expect(stored == 1)
    #expect(try await storage.poses.count() == 6)

    try write("one", "P again")
    try write("other", "PP")
    let second = try await outcomes()
    #expect(second["one.png"] == .stored(people: 1) && second["other.png"] == .stored(people: 2))
    #expect(second["two.png"] == .known && second["three.png"] == .known)
    #expect(try await storage.poses.count() == 9)
    try await files.shutDown()
    try await storage.close()
  }

  @Test(
    "the name kept is the path below the working directory",
    arguments: [
      ("a/./b.jpg", "a/b.jpg"), ("./b.jpg", "b.jpg"), ("../b.jpg", "../b.jpg"), ("/srv//b.jpg", "/srv/b.jpg"),
    ])
  func names(path: String, name: String) {
    #expect(ImportRun.storedName(FilePath(path)) == name)
    #expect(ImportRun.storedName(FilePath(Path.workingDirectory + "/a/b.jpg")) == "a/b.jpg")
  }
}
