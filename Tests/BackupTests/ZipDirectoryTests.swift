import Foundation
import Glibc
import PoseCore
import Testing

@testable import Backup

@Suite("The directory at the end of a ZIP file")
struct ZipDirectoryTests {
  @Test("of which any bit is flipped is found out, and so are the records behind it", arguments: [nil, "geheim"])
  func everyBit(passphrase: String?) async throws {
    try await withFixture { fixture in
      try await fixture.add(1, bytes: [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3])
      let path = try await fixture.create(passphrase: passphrase).path
      let sound = try #require(FileManager.default.contents(atPath: path)).map { $0 }
      let start = try Self.directory(of: sound)
      #expect(try Self.finds(nothingIn: path) == nil)
      let file = try #require(FileHandle(forUpdatingAtPath: path))
      var missed: [Int] = []
      // the encrypted one differs in few fields
      for bit in stride(from: start * 8, to: sound.count * 8, by: passphrase == nil ? 1 : 5) {
        var byte = sound[bit / 8] ^ 1 << UInt8(bit % 8)
        try #require(pwrite(file.fileDescriptor, &byte, 1, off_t(bit / 8)) == 1)
        if try Self.finds(nothingIn: path) == nil { missed.append(bit - start * 8) }
        byte = sound[bit / 8]
        try #require(pwrite(file.fileDescriptor, &byte, 1, off_t(bit / 8)) == 1)
      }
      #expect(missed == [])
    }
  }

  @Test("that is flipped is told by the proof, in one line")
  func proof() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let path = try await fixture.create().path
      let sound = try #require(FileManager.default.contents(atPath: path)).map { $0 }
      let start = try Self.directory(of: sound)
      // the version that made it, the CRC, the external attributes, the comment's length
      for place in [start + 4, start + 16, start + 40, sound.count - 1] {
        var bytes = sound
        bytes[place] ^= 1
        try Data(bytes).write(to: URL(filePath: path))
        guard case .damaged(let findings) = try await fixture.verify(path) else {
          Issue.record("not found: \(place - start)")
          continue
        }
        #expect(findings.count == 1 && findings[0].hasPrefix("the archive: "), "\(findings)")
      }
    }
  }

  @Test("of more than 65,535 entries agrees with them, and a bit of its wider records is found")
  func manyEntries() throws {
    let file = try BackupFolder(path: FileManager.default.temporaryDirectory.path).begin(named: UUID().uuidString)
    defer { file.discard() }
    let zip = try ZipWriter(descriptor: file.descriptor, passphrase: nil)
    for number in 0..<66_000 {
      try zip.begin(.picture(.generate(at: Int64(number)), .bin), size: number % 3, modifiedAt: Int64(number) * 30_000)
      try zip.write([UInt8](repeating: 7, count: number % 3))
      try zip.end()
    }
    try zip.close()
    #expect(try Self.finds(nothingIn: file.path) == nil)
    let length = try ReadFile(file.path).length()
    for place in length - 98..<length {
      var byte = try ReadFile(file.path).bytes(at: place, count: 1)
      byte[0] ^= 0x10
      pwrite(file.descriptor, byte, 1, off_t(place))
      #expect(try Self.finds(nothingIn: file.path) != nil, "\(place - length)")
      byte[0] ^= 0x10
      pwrite(file.descriptor, byte, 1, off_t(place))
    }
  }

  @Test("of a file that Python's zipfile made agrees, too")
  func python() async throws {
    try await withFixture { fixture in
      let path = fixture.folder + "/python.zip"
      let script = """
        import sys, zipfile
        with zipfile.ZipFile(sys.argv[1], 'w') as archive:
            archive.writestr('entries.jsonl', b'x' * 1000, zipfile.ZIP_DEFLATED)
            archive.writestr('manifest.json', b'{}')
        """
      let done = try await Tool.run(Tool.python, ["-c", script, path])
      #expect(done.status == 0, "\(done.output)")
      #expect(try Self.finds(nothingIn: path) == nil)
    }
  }

  @Test("is not looked for in what is no file: a pipe, a device, a folder", .timeLimit(.minutes(1)))
  func noFiles() async throws {
    try await withFixture { fixture in
      let pipe = fixture.folder + "/pipe"
      mkfifo(pipe, 0o600)
      for path in [pipe, "/dev/zero", "/dev/null", fixture.folder] {
        guard case .undecided(let error) = try await fixture.verify(path) else {
          Issue.record("decided: \(path)")
          continue
        }
        #expect(error.message == "\(path) is not a file.")
      }
    }
  }

  private static func finds(nothingIn path: String) throws -> ArchiveDamage? {
    do {
      let directory = try ZipDirectory(path: path)
      while try directory.checkSome() {}
      return nil
    } catch let damage as ArchiveDamage {
      return damage
    }
  }

  /// As the last 22 bytes tell.
  private static func directory(of bytes: [UInt8]) throws -> Int {
    Int(LittleEndian(Array(bytes.suffix(22))).number(16, 4))
  }
}
