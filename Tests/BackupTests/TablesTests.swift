import EmbeddedStorage
import Foundation
import PoseCore
import StorageContract
import Synchronization
import Testing

@testable import Backup

@Suite("Tables beside the poses")
struct TablesTests {
  private static let lines = (1...450).map {
    TableLine(id: $0 * 3, json: Array(#"{"id":\#($0 * 3),"name":"ü \#($0)"}"#.utf8))
  }

  @Test("go into the archive with their rows, are proven, and come back with a restore")
  func wayAndBack() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let poses = TabledPoses(sound: fixture.storage.poses, table: Table(Self.lines))
      let backup = try await fixture.create(poses: poses, scratch: TabledScratch())
      #expect(backup.manifest.tables == [Manifest.Table(name: "posevault_notes", count: 450, lastID: 1350)])
      let lines = try await Tool.run("/usr/bin/unzip", ["-p", backup.path, "tables/posevault_notes.jsonl"])
      #expect(lines.output == Self.lines.map { String(decoding: $0.json, as: UTF8.self) + "\n" }.joined())
      // a version that doesn't know the table checks what it can, and keeps it
      guard case .proven = try await fixture.verify(backup.path) else {
        Issue.record("not proven again")
        return
      }
      let storage = try await EmbeddedStorage.open(fixture.folder + "/restored", role: .server)
      // some rows are there: an earlier restore was interrupted
      let target = TabledPoses(sound: storage.poses, table: Table(Array(Self.lines.prefix(200))))
      let restorer = ArchiveRestorer(
        target: RestoreTarget(
          poses: target, images: storage.images, runs: storage.runs, place: "there", isExclusive: true),
        origin: RestoreOrigin(host: "here", pid: 4_000_001), scratch: EmbeddedScratch(), spoolFolder: fixture.folder,
        files: fixture.files,
        clock: { 1_765_400_000 })
      try await restorer.restore(backup.path, backup.manifest, named: "a.zip", passphrase: nil)
      #expect(target.table.lines == Self.lines)
      try await storage.close()
    }
  }

  @Test("what lies in the trash is in the archive, and lies there again after a restore")
  func trash() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let id = try await fixture.addPicture(Sample.picture(2), 2)
      let picture = try #require(try await fixture.storage.images.find(id))
      try await fixture.storage.trash.discard([picture], for: .unreferenced, at: 1_765_362_650)
      let backup = try await fixture.create()
      #expect(
        backup.manifest.tables == [
          Manifest.Table(name: AuditLine.table, count: 0, lastID: nil),
          Manifest.Table(name: AuditChain.table, count: 0, lastID: nil),
          Manifest.Table(name: TrashLine.table, count: 1, lastID: 1),
        ])
      let storage = try await EmbeddedStorage.open(fixture.folder + "/restored", role: .server)
      let restorer = ArchiveRestorer(
        target: RestoreTarget(
          poses: storage.poses, images: storage.images, runs: storage.runs, place: "there", isExclusive: true),
        origin: RestoreOrigin(host: "here", pid: 4_000_001), scratch: EmbeddedScratch(), spoolFolder: fixture.folder,
        files: fixture.files,
        clock: { 1_765_400_000 })
      try await restorer.restore(backup.path, backup.manifest, named: "a.zip", passphrase: nil)
      let item = TrashItem(
        id: 1, picture: id, length: picture.length, reason: .unreferenced, trashedAt: 1_765_362_650)
      #expect(try await storage.trash.items(after: nil, limit: 9) == [item])
      #expect(try await storage.images.find(id) != nil)
      try await storage.close()
    }
  }

  @Test("whose rows come back changed, or not all, are not proven", arguments: [true, false])
  func changed(isChanged: Bool) async throws {
    try await withFixture { fixture in
      let poses = TabledPoses(sound: fixture.storage.poses, table: Table(Self.lines))
      let scratch = TabledScratch { isChanged ? TableLine(id: $0.id, json: Array(#"{"id":\#($0.id)}"#.utf8)) : nil }
      let error = await #expect(throws: PoseVaultError.self) {
        try await fixture.create(poses: poses, scratch: scratch)
      }
      #expect(
        error?.code == .backupUnproven && error?.message.contains("tables/posevault_notes.jsonl: the row 3 is") == true)
    }
  }

  @Test("pictures are the same bytes in each archive, whenever it was made")
  func samePictures() async throws {
    try await withFixture { fixture in
      for number in 0..<5 { try await fixture.add(number) }
      let first = try await fixture.create().path
      try await fixture.add(7)
      let second = try await fixture.create(at: 1_765_800_000).path
      let script = """
        import hashlib, sys, zipfile
        def parts(path):
            archive, raw = zipfile.ZipFile(path), open(path, 'rb').read()
            infos = archive.infolist()
            ends = [info.header_offset for info in infos[1:]] + [archive.start_dir]
            return {info.filename: raw[info.header_offset:end] for info, end in zip(infos, ends)}
        a, b = parts(sys.argv[1]), parts(sys.argv[2])
        print(sorted(name.split('/')[0] for name in a if a[name] == b[name]))
        """
      let same = try await Tool.run(Tool.python, ["-c", script, first, second])
      #expect(same.output == "['RESTORE.txt', 'images', 'images', 'images', 'images', 'images']\n")
    }
  }

  @Test("pictures of this dataset that no row names are counted once they are older than a day")
  func unreferenced() async throws {
    try await withFixture { fixture in
      let dataset = try await fixture.storage.poses.datasetID()
      try await fixture.add(1)
      for (age, owner) in [
        (90_000, dataset), (86_401, dataset), (86_399, dataset), (90_000, "another's"), (90_000, nil),
      ] {
        try await fixture.storage.images.put(
          .generate(at: 1), Pieces(bytes: [1]), length: 1, uploadedAt: 1_765_362_700 - Int64(age),
          metadata: ImageMetadata(datasetID: owner))
      }
      #expect(try await fixture.create().manifest.unreferencedPictures == 2)
    }
  }
}

/// A table in memory.
private final class Table: Sendable {
  private let rows: Mutex<[TableLine]>

  init(_ lines: [TableLine] = []) { rows = Mutex(lines) }

  var lines: [TableLine] { rows.withLock { $0 } }

  func add(_ lines: [TableLine]) { rows.withLock { $0 += lines } }
}

private struct TabledPoses: ForwardingPoses {
  let sound: any ArchivablePoses
  let table: Table
  /// What becomes of a row that is restored.
  var change: @Sendable (TableLine) -> TableLine? = { $0 }

  var tables: [String] { ["posevault_notes"] }

  func restore(_ lines: [TableLine], into table: String) async throws { self.table.add(lines.compactMap(change)) }

  func withSnapshot<Value: Sendable>(
    _ body: @Sendable (any PoseSnapshot) async throws -> Value
  ) async throws -> Value {
    try await sound.withSnapshot { try await body(TabledSnapshot(sound: $0, lines: table.lines)) }
  }
}

private struct TabledSnapshot: PoseSnapshot {
  let sound: any PoseSnapshot
  let lines: [TableLine]

  func totals() async throws -> PoseTotals { try await sound.totals() }
  func nextID() async throws -> Int { try await sound.nextID() }
  func rows(after: Int?, limit: Int) async throws -> [PoseRecord] { try await sound.rows(after: after, limit: limit) }

  func lines(of table: String, after: Int?, limit: Int) async throws -> [TableLine] {
    Array(lines.filter { $0.id > after ?? .min }.prefix(limit))
  }
}

private struct TabledScratch: ScratchStore {
  var change: @Sendable (TableLine) -> TableLine? = { $0 }

  func withPoses<Value: Sendable>(
    in folder: String, _ body: @Sendable (any ArchivablePoses) async throws -> Value
  ) async throws -> Value {
    try await EmbeddedScratch().withPoses(in: folder) {
      try await body(TabledPoses(sound: $0, table: Table(), change: change))
    }
  }

  func index(in folder: String) throws -> any ScratchIndex { try EmbeddedScratch().index(in: folder) }
}
