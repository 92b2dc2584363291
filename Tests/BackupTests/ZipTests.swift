import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("The ZIP file")
struct ZipTests {
  @Test("refuses entries that are longer or shorter than announced, which libarchive lets pass", arguments: [3, 5])
  func wrongSizes(written: Int) throws {
    try withFile { file in
      let zip = try ZipWriter(descriptor: file.descriptor, passphrase: nil)
      try zip.begin(.manifest, size: 4, modifiedAt: 0)
      let error = #expect(throws: PoseVaultError.self) {
        try zip.write([UInt8](repeating: 1, count: written))
        try zip.end()
      }
      #expect(error?.message == "The entry manifest.json is \(written > 4 ? "longer" : "shorter") than announced.")
    }
  }

  @Test("says when the disk is full")
  func diskFull() throws {
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let zip = try ZipWriter(descriptor: full.fileDescriptor, passphrase: nil)
    // deflated, so many equal bytes would wait in a buffer
    try zip.begin(.picture(.generate(at: 1), .bin), size: 4_000_000, modifiedAt: 0)
    let error = #expect(throws: PoseVaultError.self) { try zip.write([UInt8](repeating: 1, count: 4_000_000)) }
    #expect(error?.code == .fileSystem && error?.message.contains("the disk is full") == true)
  }

  @Test("of more than 65,535 entries opens in Python, unzip and 7-Zip, and reads back")
  func manyEntries() async throws {
    let count = 70_000
    try await withFile { file in
      let zip = try ZipWriter(descriptor: file.descriptor, passphrase: nil)
      for number in 0..<count {
        try zip.begin(.picture(.generate(at: Int64(number)), .bin), size: 1, modifiedAt: 0)
        try zip.write([UInt8(truncatingIfNeeded: number)])
        try zip.end()
      }
      try zip.close()
      let reader = try ZipReader(path: file.path, passphrase: nil)
      var read = 0
      while try reader.next() != nil {
        if try reader.read() == [UInt8(truncatingIfNeeded: read)] { read += 1 }
      }
      #expect(read == count)
      let python = try await Tool.run(
        Tool.python, ["-c", "import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))", file.path])
      #expect(python.output == "\(count)\n")
      #expect(try await Tool.run("/usr/bin/unzip", ["-tqq", file.path]).status == 0)
      #expect(try await Tool.run("/usr/bin/7z", ["t", file.path]).status == 0)
    }
  }

  private func withFile(_ body: (PartialFile) async throws -> Void) async throws {
    let file = try BackupFolder(path: FileManager.default.temporaryDirectory.path).begin(named: UUID().uuidString)
    defer { file.discard() }
    try await body(file)
  }

  private func withFile(_ body: (PartialFile) throws -> Void) throws {
    let file = try BackupFolder(path: FileManager.default.temporaryDirectory.path).begin(named: UUID().uuidString)
    defer { file.discard() }
    try body(file)
  }
}
