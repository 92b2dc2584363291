import Foundation
import PoseCore
import Testing

@testable import EmbeddedStorage

@Suite("Throwaway databases")
struct ScratchTests {
  @Test("a scratch database is empty, works, and is gone afterwards, also after an error")
  func scratch() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    let row = PoseRecord(id: 7, imageID: "a", keypoints: Array("[]".utf8), createdAt: nil, updatedAt: 3)
    let found = try await EmbeddedScratch().withPoses(in: folder) { poses in
      #expect(try await poses.count() == 0)
      #expect(FileManager.default.fileExists(atPath: folder))
      try await poses.restore([row])
      return try await poses.withSnapshot { try await $0.rows(after: nil, limit: 10) }
    }
    #expect(found == [row])
    #expect(!FileManager.default.fileExists(atPath: folder))
    await #expect(throws: PoseVaultError.self) {
      try await EmbeddedScratch().withPoses(in: folder) { _ in throw PoseVaultError(.internal, "no") }
    }
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test("a scratch database takes no folder that is there, and leaves it as it is")
  func scratchFolder() async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data().write(to: URL(filePath: folder + "/mine"))
    await #expect(throws: PoseVaultError.self) { try await EmbeddedScratch().withPoses(in: folder) { _ in } }
    #expect(FileManager.default.fileExists(atPath: folder + "/mine"))
  }

  @Test("a scratch index keeps what came first, gives ranges in the order of the bytes, and leaves nothing behind")
  func index() throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let index = try EmbeddedScratch().index(in: folder)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    let numbers = Array(0..<5000 as Range<UInt16>)
    func key(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }
    #expect(try index.insert(contentsOf: numbers.shuffled().map { (key($0), [UInt8($0 % 7)]) }) == 5000)
    #expect(try !index.insert([9], for: key(300)))
    #expect(try index.value(of: key(300)) == [6] && index.value(of: key(5000)) == nil)
    #expect(try index.remove(key(256)) && !index.remove(key(256)))
    #expect(index.count == 4999)
    let range = try index.entries(after: key(254), before: key(259), limit: 10)
    #expect(range.map(\.key) == [key(255), key(257), key(258)] && range[0].value == [3])
    let all = try index.entries(after: nil, before: nil, limit: .max)
    #expect(all.map(\.key) == numbers.filter { $0 != 256 }.map(key))
    #expect(try index.entries(after: key(10), before: nil, limit: 2).map(\.key) == [key(11), key(12)])
    // an empty folder, although the index is in use
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
  }
}
