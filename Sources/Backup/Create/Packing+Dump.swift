import PoseCore

extension Packing {
  /// What of the rows is told in the manifest.
  struct Dump: Sendable {
    var leftOut: [Manifest.LeftOutRow] = []
    var lost: [Manifest.LostPicture] = []
  }

  /// Adds the rows, but for those that were deleted with their pictures.
  func packDump(of rows: Rows, without pictures: Pictures, into builder: ArchiveBuilder) async throws -> Dump {
    let spool = rows.spool
    let datasetRows = max(rows.totals.count, 1)
    var dump = Dump()
    var writer = DumpWriter()
    var count = 0
    try await files.run { [writer] in
      try spool.rewind()
      try builder.begin(.dump, size: nil)
      try builder.write(writer.begin(nextID: rows.nextID, leastID: rows.leastID))
    }
    while true {
      let page = try await files.run { try spool.next(Self.rowsAtOnce) }
      if page.isEmpty { break }
      try Task.checkCancellation()
      var sql: [UInt8] = []
      for pose in page {
        let picture = ImageID(pose.imageID)
        if let picture, pictures.gone.contains(picture) {
          dump.leftOut.append(Manifest.LeftOutRow(pose))
          continue
        }
        if picture.map(pictures.lost.contains) ?? true {
          dump.lost.append(Manifest.LostPicture(row: pose.id, imageID: pose.imageID))
        }
        writer.append(pose, to: &sql)
      }
      try await files.run { [sql] in try builder.write(sql) }
      count += page.count
      report(.dump, min(Double(count) / Double(datasetRows), 1))
    }
    try await files.run { [writer] in
      try builder.write(writer.end())
      try builder.end()
    }
    return dump
  }
}

extension Manifest.LeftOutRow {
  init(_ pose: PoseRecord) {
    self.init(
      id: pose.id, bytes: pose.textLength, checksum: pose.checksum,
      digest: Hexadecimal.text(RowChain.digest(pose)))
  }
}
