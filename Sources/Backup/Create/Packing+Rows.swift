import PoseCore

extension Packing {
  /// The rows of one moment, on disk, and what the database said of them then.
  struct Rows: Sendable {
    let spool: RowSpool
    let datasetID: String
    let totals: PoseTotals
    let nextID: Int
    var chain = RowChain()
    /// The pictures that rows name and the archive does not hold yet.
    var missing: Set<ImageID> = []
  }

  /// Reads all rows in one snapshot, after checking that there is space for all that follows.
  func readRows() async throws -> Rows {
    let pictureBytes = try await lengthOfAllPictures()
    let datasetID = try await source.poses.datasetID()
    return try await source.poses.withSnapshot { snapshot in
      let totals = try await snapshot.totals()
      let nextID = try await snapshot.nextID()
      try await files.run { [folder, plan] in
        try folder.requireSpace(Self.spaceNeeded(totals, pictureBytes, includesChunks: plan.includesChunks))
      }
      let spool = try await files.run { [folder] in try RowSpool(in: folder.path) }
      var rows = Rows(spool: spool, datasetID: datasetID, totals: totals, nextID: nextID)
      var (last, count) = (Int?.none, 0)
      while true {
        let page = try await snapshot.rows(after: last, limit: Self.rowsAtOnce)
        guard let end = page.last else { return rows }
        // a database that goes round in circles would else fill the disk
        guard last.map({ $0 < end.id }) ?? true else {
          throw PoseVaultError(.backupUnproven, "The database gave row \(end.id) after row \(last ?? 0).")
        }
        for pose in page {
          rows.chain.add(RowChain.digest(pose))
          if let id = ImageID(pose.imageID) { rows.missing.insert(id) }
        }
        try await files.run { try spool.append(page) }
        (last, count) = (end.id, count + page.count)
        report(.rows, min(Double(count) / Double(max(totals.count, 1)), 1))
      }
    }
  }

  private func lengthOfAllPictures() async throws -> Int {
    var (length, last) = (0, ImageID?.none)
    while true {
      let page = try await source.images.list(after: last, limit: Self.picturesAtOnce)
      guard let end = page.last else { return length }
      length += page.map(\.length).reduce(0, +)
      last = end.id
    }
  }

  /// Rows stand on the disk as spool, as dump and in the scratch database, chunks as spool in base64 and packed.
  private static func spaceNeeded(_ totals: PoseTotals, _ pictureBytes: Int, includesChunks: Bool) -> Int {
    let rows = totals.bytes + totals.count * 500
    return rows * 4 + pictureBytes * (includesChunks ? 4 : 1) + (64 << 20)
  }

  static let rowsAtOnce = 200
  static let picturesAtOnce = 500
}
