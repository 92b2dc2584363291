public import PoseCore

extension MySQLPoseRepository {
  public func list(_ page: PosePage, of filter: PoseFilter, with parts: PoseParts) async throws -> [PoseRecord] {
    try await database.read { connection in
      var ids = filter.selection
      switch page {
      case .offset(let offset, let limit):
        ids.sql += " ORDER BY id DESC LIMIT ? OFFSET ?"
        ids.values += [.int(max(limit, 0)), .int(max(offset, 0))]
      case .after(let id, let limit):
        ids.sql += " AND id < ? ORDER BY id DESC LIMIT ?"
        ids.values += [.int(id), .int(max(limit, 0))]
      }
      // the rows themselves are read only once their ids are known and sorted: rows that MySQL sorts must fit into its
      // sort buffer with all their text
      return try connection.rows(
        """
        SELECT STRAIGHT_JOIN \(PoseRecord.columns(parts)) FROM (SELECT id \(ids.sql)) AS page JOIN poses USING (id)
        ORDER BY page.id DESC
        """, ids.values
      ).map { try PoseRecord(row: $0, parts) }
    }
  }

  public func count(of filter: PoseFilter) async throws -> Int {
    guard filter == .all else {
      return try await database.read { connection in try Self.count(filter, connection) }
    }
    return try await database.total.current { [database] in
      try await database.read { connection in
        let before = database.total.now
        return try connection.transaction("START TRANSACTION WITH CONSISTENT SNAPSHOT") {
          let after = database.total.now
          return RowCount.Snapshot(rows: try Self.count(filter, connection), before: before, after: after)
        }
      }
    }
  }

  static func count(_ filter: PoseFilter, _ connection: MySQLConnection) throws -> Int {
    let rows = filter.selection
    return Int(try connection.rowsByNewPlan("SELECT COUNT(*) \(rows.sql)", rows.values).first?.int(0) ?? 0)
  }
}

extension PoseFilter {
  /// From `FROM` to the conditions, by way of the index that holds all that they ask about, if there is one.
  fileprivate var selection: (sql: String, values: [MySQLValue]) {
    var conditions = ["TRUE"]
    var values: [MySQLValue] = []
    var indexes: [String] = []
    if let imageID {
      conditions.append("image_id IN (?, ?)")
      values += imageID.spellings.map { .text($0) }
    }
    if createdFrom != nil || createdBefore != nil {
      indexes.append("idx_created_at")
      conditions.append("created_at IS NOT NULL")
    }
    // a TIMESTAMP begins with second 1, and FROM_UNIXTIME knows no second after the last one
    if let createdFrom, createdFrom > 1 {
      conditions.append("created_at >= FROM_UNIXTIME(?)")
      values.append(.int(min(createdFrom, Self.lastSecond)))
    }
    if let createdBefore, createdBefore <= Self.lastSecond {
      conditions.append("created_at < FROM_UNIXTIME(?)")
      values.append(.int(max(createdBefore, 1)))
    }
    if let fileName {
      indexes.append("posevault_file_name")
      let (condition, text) = Self.condition(fileName)
      conditions.append(condition)
      values += text
    }
    if let isCorrected {
      indexes.append("posevault_corrected_at")
      conditions.append(isCorrected ? "corrected_at IS NOT NULL" : "corrected_at IS NULL")
    }
    if imageID != nil { indexes = ["idx_image_id"] }
    let index = indexes.count > 1 ? "" : "FORCE INDEX (\(indexes.first ?? "posevault_id"))"
    return ("FROM poses \(index) WHERE \(conditions.joined(separator: " AND "))", values)
  }

  private static func condition(_ fileName: FileName) -> (sql: String, values: [MySQLValue]) {
    switch fileName {
    // spaces at the end don't count in a comparison
    case .equals(let name): ("file_name = ? AND LENGTH(file_name) = ?", [.text(name), .int(name.utf8.count)])
    // without a range of the index that it may go through, a list would read whole rows
    case .contains(let part): ("file_name IS NOT NULL AND file_name REGEXP ?", [.text(pattern(part))])
    }
  }

  /// Ignores the case of ASCII letters alone, as every storage does: `LOWER` would fold other letters, too.
  private static func pattern(_ text: String) -> String {
    // MySQL refuses an empty one
    var pattern = text.isEmpty ? "^" : ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z":
        let letter = String(scalar)
        pattern += "[\(letter.lowercased())\(letter.uppercased())]"
      // a backslash makes every sign of ASCII stand for itself
      case " "..."/", ":"..."@", "["..."`", "{"..."~":
        pattern.unicodeScalars += ["\\", scalar]
      default:
        pattern.unicodeScalars.append(scalar)
      }
    }
    return pattern
  }

  private static let lastSecond: Int64 = 2_147_483_647
}
