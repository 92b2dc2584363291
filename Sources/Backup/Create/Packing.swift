import PoseCore

/// One run's way from the stores to a whole archive.
struct Packing: Sendable {
  let source: BackupSource
  let files: BlockingPool
  let clock: @Sendable () -> Int64
  let plan: BackupPlan
  let folder: BackupFolder
  let report: BackupMaker.Report

  init(_ maker: BackupMaker, _ plan: BackupPlan, _ folder: BackupFolder, _ report: @escaping BackupMaker.Report) {
    (source, files, clock) = (maker.source, maker.files, maker.clock)
    (self.plan, self.folder, self.report) = (plan, folder, report)
  }

  /// The archive is whole and durable when this returns, but not proven.
  func pack(into partial: PartialFile) async throws -> Manifest {
    let startedAt = clock()
    let others = try await source.poses.notIncluded() + source.images.notIncluded()
    let rows = try await readRows()
    let builder = try await files.run { [folder, plan] in
      try ArchiveBuilder(partial, spoolingIn: folder.path, passphrase: plan.passphrase, modifiedAt: startedAt)
    }
    let pictures = try await packPictures(of: rows, arrivedBefore: startedAt, into: builder)
    let dump = try await packDump(of: rows, without: pictures, into: builder)
    let manifest = Manifest(
      software: plan.software, startedAt: startedAt, finishedAt: clock(), source: source.description,
      datasetID: rows.datasetID, rows: rows.totals, chain: Hexadecimal.text(rows.chain.bytes), leftOut: dump.leftOut,
      leftOutPictures: pictures.gone.count, lost: dump.lost, pictures: pictures.count, pictureBytes: pictures.bytes,
      entries: 0, entriesSHA256: "", notIncluded: others)
    return try await files.run { try builder.finish(manifest) }
  }

  /// Adds a whole spool as an entry.
  func pack(_ spool: SpoolFile, as name: EntryName, into builder: ArchiveBuilder) async throws {
    try await files.run {
      try spool.rewind()
      try builder.begin(name, size: spool.length)
    }
    while try await files.run({
      let piece = try spool.read()
      try builder.write(piece)
      return !piece.isEmpty
    }) { try Task.checkCancellation() }
    try await files.run { try builder.end() }
  }
}
