import Foundation
import Glibc
import PoseCore
import Testing

@testable import Landmarker

@Suite("compiled models that are kept", .serialized)
struct ModelCacheTests {
  private static let pictures = ["bus.jpg", "astronaut.png"]

  @Test("give the same poses to the bit, also where they are damaged, which mends them")
  func same() async throws {
    try await withFolder { folder in
      let expected = try await poses(cache: nil)
      #expect(expected.allSatisfy { !$0.isEmpty })
      #expect(try await poses(cache: folder) == expected)
      let files = try names(in: folder)
      #expect(files.count == 2)
      // read this time
      #expect(try await poses(cache: folder) == expected)

      for damage in Damage.allCases {
        for file in files { try damage.apply(to: "\(folder)/\(file)") }
        #expect(try await poses(cache: folder) == expected, "\(damage)")
        for file in files { #expect(ModelCache(folder: folder).model(for: file) != nil, "\(damage)") }
      }
    }
  }

  @Test("are what a start uses")
  func used() async throws {
    try await withFolder { folder in
      _ = try await poses(cache: folder)
      let cache = ModelCache(folder: folder)
      let files = try names(in: folder)
      let models = files.map { cache.model(for: $0) }
      // each in the other's place
      for (file, model) in zip(files, models.reversed()) { cache.keep(try #require(model), for: file) }
      let error = await #expect(throws: PoseVaultError.self) { _ = try await poses(cache: folder) }
      #expect(error?.message.contains("not a MediaPipe Pose model") == true)
    }
  }

  @Test("that others may write are not taken, and such a folder gets none")
  func foreign() async throws {
    try await withFolder { folder in
      let cache = ModelCache(folder: folder)
      cache.keep(ExportedModel(Data([1, 2, 3])), for: "a")
      #expect(cache.model(for: "a").map { Array($0.bytes) } == [1, 2, 3])
      for mode: mode_t in [0o777, 0o720, 0o702] {
        chmod(folder, mode)
        #expect(cache.model(for: "a") == nil)
        cache.keep(ExportedModel(Data([4])), for: "b")
      }
      chmod(folder, 0o700)
      let kept = try names(in: folder)
      #expect(kept == ["a"])
      // as another user has put it there; only root can play that
      if geteuid() == 0 {
        chown("\(folder)/a", 65534, 65534)
        #expect(cache.model(for: "a") == nil)
        chown("\(folder)/a", 0, 0)
      }
      symlink("a", "\(folder)/c")
      #expect(cache.model(for: "c") == nil)
      #expect(cache.model(for: "a").map { Array($0.bytes) } == [1, 2, 3])
    }
  }

  @Test("where nothing can be kept, models are compiled")
  func unwritable() async throws {
    #expect(try await poses(cache: "/proc/none").count == Self.pictures.count)
  }

  @Test("are eight at most, the newest")
  func bounded() async throws {
    try await withFolder { folder in
      let cache = ModelCache(folder: folder)
      for number in 0..<12 {
        cache.keep(ExportedModel(Data([UInt8(number)])), for: "\(number)")
        var times = [timespec(tv_sec: 1000 + number, tv_nsec: 0), timespec(tv_sec: 1000 + number, tv_nsec: 0)]
        utimensat(AT_FDCWD, "\(folder)/\(number)", &times, 0)
      }
      let kept = try names(in: folder)
      #expect(Set(kept) == Set((4..<12).map(String.init)))
    }
  }

  private enum Damage: CaseIterable {
    case bit, end, empty, absent

    func apply(to path: String) throws {
      var bytes = try Data(contentsOf: URL(filePath: path))
      switch self {
      case .bit: bytes[bytes.count / 2] ^= 1
      case .end: bytes.removeLast(100)
      case .empty: bytes = Data()
      case .absent:
        try FileManager.default.removeItem(atPath: path)
        return
      }
      try bytes.write(to: URL(filePath: path))
    }
  }

  private func withFolder(_ body: (String) async throws -> Void) async throws {
    let parent = FileManager.default.temporaryDirectory.appending(path: "posevault-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: parent) }
    try await body(parent.appending(path: "models").path)
  }

  private func names(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  private func poses(cache: String?) async throws -> [[Pose]] {
    let landmarker = try await PoseLandmarker.load(
      .locate(), cache: cache, limits: LandmarkerLimits(workers: 2))
    var poses: [[Pose]] = []
    for picture in Self.pictures {
      poses.append(try await landmarker.extract(try Oracle.picture(picture), maxPoses: 3).poses)
    }
    try await landmarker.shutDown()
    return poses
  }
}
