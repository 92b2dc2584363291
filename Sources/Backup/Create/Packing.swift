import PoseCore

/// One run's way from the stores to a whole archive.
struct Packing: Sendable {
  let source: BackupSource
  let files: BlockingPool
  let clock: @Sendable () -> Int64
  let plan: BackupPlan
  let folder: BackupFolder
  let report: BackupMaker.Report
  let patience: ReadPatience
  /// Takes the pictures of a run in a repository; nil where they go into the archive itself.
  let packs: PackBuilder?
  let indexes: IndexMaker

  init(
    for maker: BackupMaker, plan: BackupPlan, into folder: BackupFolder, packs: PackBuilder? = nil,
    report: @escaping BackupMaker.Report
  ) {
    source = maker.source
    files = maker.files
    clock = maker.clock
    self.plan = plan
    self.folder = folder
    self.report = report
    self.packs = packs
    indexes = IndexMaker(scratch: maker.scratch, folder: folder.path)
    patience = maker.patience
  }

  /// What was packed.
  struct Outcome: Sendable {
    let manifest: Manifest
    /// Pictures that rows name and the archive holds.
    let namedPictures: Int
    let storeFaults: [ImageID: StoreFault]
  }

  /// The archive is whole and durable when this returns, but not proven.
  func pack(into partial: PartialFile) async throws -> Outcome {
    let startedAt = clock()
    let others = try await patience.run { _ in
      try await source.poses.notIncluded() + source.images.notIncluded()
    }
    let audit = try await patience.run { _ in try await source.audit?.chains().compactMap(\.newest) ?? [] }
    let rows = try await readRows()
    let builder = try await files.run { [folder, plan] in
      try ArchiveBuilder(partial, spoolingIn: folder.path, passphrase: plan.passphrase, modifiedAt: startedAt)
    }
    try await files.run { [plan, packs] in
      let text = packs == nil ? RestoreGuide.text(isEncrypted: plan.passphrase != nil) : RestoreGuide.runText
      try builder.begin(.guide, size: text.count, modifiedAt: RestoreGuide.writtenAt)
      try builder.write(text)
      try builder.end()
    }
    let pictures = try await packPictures(of: rows, arrivedBefore: startedAt, into: builder)
    let dump = try await packDump(of: rows, without: pictures, into: builder)
    for table in rows.tables {
      try await pack(table.spool, into: builder) { .table(table.listed.name) }
    }
    let packTotals = try await packs?.finish(into: builder)
    let manifest = Manifest(
      software: plan.software, startedAt: startedAt, finishedAt: clock(), source: source.description,
      datasetID: rows.datasetID, rows: rows.totals, nextID: rows.nextID, chain: Hexadecimal.text(rows.chain.bytes),
      columns: DumpColumn.all.map(\.name), tables: rows.tables.map(\.listed),
      leftOut: dump.leftOut, leftOutPictures: pictures.gone.count, lost: dump.lost, damaged: pictures.damaged,
      pictures: pictures.count, pictureBytes: pictures.bytes, unreferencedPictures: pictures.unreferenced,
      trashedPictures: pictures.trashed,
      packs: packTotals,
      entries: 0, entriesSHA256: "", notIncluded: others, audit: audit)
    let finished = try await files.run { try builder.finish(manifest) }
    return Outcome(manifest: finished, namedPictures: pictures.named, storeFaults: pictures.storeFaults)
  }

  /// Adds a whole spool as an entry of the name that `name`, called first, gives; returns its digest.
  ///
  /// - Parameter seconds: the time of the content; nil for what is of this run.
  @discardableResult
  func pack(
    _ spool: SpoolFile, into builder: ArchiveBuilder, modifiedAt seconds: Int64? = nil,
    as name: @escaping @Sendable () throws -> EntryName
  ) async throws -> ContentDigest {
    // what is short in one call: changing threads takes longer than packing a small picture
    var digest = try await files.run {
      let name = try name()
      try spool.rewind()
      try builder.begin(name, size: spool.length, modifiedAt: seconds)
      return try builder.add(spool)
    }
    while true {
      if let digest { return digest }
      try Task.checkCancellation()
      digest = try await files.run { try builder.add(spool) }
    }
  }
}
