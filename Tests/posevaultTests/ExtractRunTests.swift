import Foundation
import Imaging
import NIOCore
import PoseCore
import Synchronization
import Testing

@testable import posevault

@Suite("A run over many pictures")
struct ExtractRunTests {
  /// The file's one byte says what becomes of it: it takes longer the smaller it is; `!` fails.
  private final class SlowExtractor: PoseExtractor {
    let most = Mutex((now: 0, ever: 0))

    func extract(
      _ image: ByteBuffer, maxPoses: Int, onDetection: @escaping @Sendable (PictureHeader) -> Void
    ) async throws -> Extraction {
      most.withLock { $0 = ($0.now + 1, max($0.ever, $0.now + 1)) }
      defer { most.withLock { $0.now -= 1 } }
      let byte = image.getInteger(at: 0, as: UInt8.self) ?? 0
      if byte == UInt8(ascii: "!") { throw PoseVaultError(.corruptImage, "broken") }
      try await Task.sleep(for: .milliseconds(Int(UInt8(ascii: "z") - byte)))
      return Extraction(PictureHeader(format: .png, width: Int(byte), height: 1), poses: [])
    }
  }

  @Test("outcomes come in the order of the pictures, with failures in their places, and few at once")
  func order() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "posevault-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let contents = ["a", "y", "!", "m", "z", "x", "b", "too long", "w", "c"]
    var paths: [String] = []
    for (index, content) in contents.enumerated() {
      let file = folder.appending(path: "\(index).jpg")
      try Data(content.utf8).write(to: file)
      paths.append(file.path)
    }
    paths.insert(folder.path + "/missing.jpg", at: 4)

    let files = BlockingPool("files", threads: 2, maxWaiting: 100, waitLimit: .seconds(60))
    let extractor = SlowExtractor()
    let run = ExtractRun(
      extractor: extractor, files: files, maxBytes: 4, maxPoses: 1, overlays: nil, window: 3)
    var told: [PictureOutcome] = []
    try await run.run(PathFeed(paths.map { FilePath($0) }, files: files)) { told.append($0) }
    try await files.shutDown()

    #expect(told.map(\.file.shown) == paths)
    let codes = told.map { outcome in
      if case .failure(let error) = outcome.result { return error.code.rawValue }
      return ""
    }
    #expect(codes == ["", "", "CORRUPT_IMAGE", "", "FILE_SYSTEM", "", "", "", "IMAGE_TOO_LARGE", "", ""])
    #expect(extractor.most.withLock { $0.ever } <= 3)
  }

  @Test(
    "overlays keep the pictures' paths and never have a picture's name",
    arguments: [
      ("a/x.jpg", ImageFormat.jpeg, "out/a/x.jpg.overlay.jpg"), ("b/x.jpg", .jpeg, "out/b/x.jpg.overlay.jpg"),
      ("./x.png", .png, "out/x.png.overlay.png"), ("x.webp", .webp, "out/x.webp.overlay.jpg"),
      ("../x.jpg", .jpeg, "out/_up/x.jpg.overlay.jpg"), ("/srv//x.jpg", .jpeg, "out/_root/srv/x.jpg.overlay.jpg"),
      ("_up/x.jpg", .jpeg, "out/__up/x.jpg.overlay.jpg"), ("__up/x.jpg", .jpeg, "out/___up/x.jpg.overlay.jpg"),
      ("_root/srv/x.jpg", .jpeg, "out/__root/srv/x.jpg.overlay.jpg"),
      ("a/_upper/x.jpg", .jpeg, "out/a/_upper/x.jpg.overlay.jpg"),
    ])
  func overlayPath(picture: String, format: ImageFormat, expected: String) async throws {
    let files = BlockingPool("files", threads: 1, maxWaiting: 1, waitLimit: .seconds(60))
    let path = OverlayFolder("out", limits: ImageLimits(), files: files).path(for: FilePath(picture), format)
    #expect(path.shown == expected)
    try await files.shutDown()
  }

  @Test("no overlay is written outside its folder, whatever links lie there")
  func overlayLinks() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for part in ["out/photos", "elsewhere"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(part)", withIntermediateDirectories: true)
    }
    try FileManager.default.createSymbolicLink(atPath: folder + "/out/album", withDestinationPath: "../elsewhere")
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/out/photos/a.png.overlay.png", withDestinationPath: "../../elsewhere/target")
    let grey = RGBImage(width: 8, height: 8, pixels: [UInt8](repeating: 128, count: 192))
    let picture = ByteBuffer(bytes: try grey.png())
    let extraction = Extraction(PictureHeader(format: .png, width: 8, height: 8), poses: [])
    let files = BlockingPool("files", threads: 1, maxWaiting: 1, waitLimit: .seconds(60))
    let overlays = OverlayFolder(FilePath(folder + "/out"), limits: ImageLimits(), files: files)
    let error = await #expect(throws: PoseVaultError.self) {
      try await overlays.write(picture, extraction, of: "album/a.png")
    }
    #expect(error?.code == .fileSystem)
    // a link in the place of the overlay itself is replaced
    try await overlays.write(picture, extraction, of: "photos/a.png")
    try await overlays.write(
      picture, extraction, of: FilePath(bytes: Array("new/Mu".utf8) + [0xF1] + Array("oz.png".utf8)))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/elsewhere") == [])
    let names = try FolderListing.entries(in: FilePath(folder + "/out/new"))
    #expect(names.skipped.overlays == 1)
    try await files.shutDown()
  }
}
