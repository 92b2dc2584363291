import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("BACKUP_DIR")
struct BackupFolderTests {
  @Test("is made where it is missing, for its owner alone, but not what it lies in")
  func made() throws {
    try withFolder { folder in
      let backups = BackupFolder(path: folder + "/backups")
      try backups.begin(Self.day).discard()
      let attributes = try FileManager.default.attributesOfItem(atPath: backups.path)
      #expect(attributes[.posixPermissions] as? Int == 0o700)
      let error = #expect(throws: PoseVaultError.self) { _ = try BackupFolder(path: folder + "/a/b").begin(Self.day) }
      #expect(error?.code == .fileSystem)
    }
  }

  @Test("too little space is told before anything is written")
  func space() throws {
    try withFolder { folder in
      let backups = BackupFolder(path: folder)
      try backups.requireSpace(0)
      let error = #expect(throws: PoseVaultError.self) { try backups.requireSpace(.max) }
      #expect(error?.message.contains("not enough space in \(folder)") == true)
    }
  }

  @Test("whatever has the name stays as it is: a file, a folder, a link to nowhere")
  func taken() throws {
    try withFolder { folder in
      let names = (1...3).map { "\(folder)/2025-12-10-backup\($0 == 1 ? "" : "-\($0)").zip" }
      try Data("mine".utf8).write(to: URL(filePath: names[0]))
      try FileManager.default.createDirectory(atPath: names[1], withIntermediateDirectories: false)
      try FileManager.default.createSymbolicLink(atPath: names[2], withDestinationPath: folder + "/nowhere")
      let backups = BackupFolder(path: folder)
      let partial = try backups.begin(Self.day)
      #expect(try backups.publish(partial, Self.day) == folder + "/2025-12-10-backup-4.zip")
      #expect(try Data(contentsOf: URL(filePath: names[0])) == Data("mine".utf8))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 4)
    }
  }

  private static let day = BackupDay(year: 2025, month: 12, day: 10)

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }
}
