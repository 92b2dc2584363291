public import PoseCore

extension MySQLPoseRepository {
  public func list(_ page: PosePage, of filter: PoseFilter, with parts: PoseParts) async throws -> [PoseRecord] {
    // with no filter the rows stand in their order already, and MySQL plans such a statement three times as fast
    switch (filter, page) {
    case (.all, .after(let id, let limit)): return try await newest(limit, before: id, parts)
    case (.all, .offset(0, let limit)): return try await newest(limit, before: .max, parts)
    default: break
    }
    return try await database.read { connection in
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
        SELECT STRAIGHT_JOIN \(PoseRecord.columns(parts))
        FROM (SELECT STRAIGHT_JOIN id \(ids.sql)) AS page JOIN poses USING (id) ORDER BY page.id DESC
        """, ids.values
      ).map { try PoseRecord(row: $0, parts) }
    }
  }

  private func newest(_ limit: Int, before id: Int, _ parts: PoseParts) async throws -> [PoseRecord] {
    try await database.read { connection in
      try connection.rows(
        """
        SELECT \(PoseRecord.columns(parts)) FROM poses FORCE INDEX (PRIMARY) WHERE id < ? ORDER BY id DESC LIMIT ?
        """, [.int(id), .int(max(limit, 0))]
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
    let selection = filter.selection
    let rows = try connection.rowsByNewPlan("SELECT STRAIGHT_JOIN COUNT(*) \(selection.sql)", selection.values)
    return try Int(rows.first?.int(0) ?? 0)
  }
}

extension PoseFilter {
  /// From `FROM` to the conditions; to be read in the order written, where servers left to themselves may look for each
  /// row of one index in all rows of the other.
  fileprivate var selection: (sql: String, values: [MySQLValue]) {
    let conditions = conditions
    guard let first = conditions.first else { return ("FROM poses FORCE INDEX (posevault_id) WHERE TRUE", []) }
    let others = conditions.dropFirst().map { condition in
      // a picture has few rows; of others none is read, while servers left to themselves would read all
      imageID == nil ? " AND id IN (SELECT id \(condition.rows))" : " AND \(condition.sql)"
    }
    return (first.rows + others.joined(), conditions.flatMap(\.values))
  }

  private var conditions: [IndexedCondition] {
    var conditions: [IndexedCondition] = []
    if let imageID {
      let names = imageID.spellings.map { MySQLValue.text($0) }
      conditions.append(IndexedCondition(index: "idx_image_id", sql: "image_id IN (?, ?)", values: names))
    }
    if let isCorrected {
      let sql = isCorrected ? "corrected_at IS NOT NULL" : "corrected_at IS NULL"
      conditions.append(IndexedCondition(index: "posevault_corrected_at", sql: sql, values: []))
    }
    if let fileName {
      let (sql, values) = Self.condition(fileName)
      conditions.append(IndexedCondition(index: "posevault_file_name", sql: sql, values: values))
    }
    if createdFrom != nil || createdBefore != nil {
      var condition = IndexedCondition(index: "idx_created_at", sql: "created_at IS NOT NULL", values: [])
      // a TIMESTAMP begins with second 1, and FROM_UNIXTIME knows no second after the last one
      if let createdFrom, createdFrom > 1 {
        condition.sql += " AND created_at >= FROM_UNIXTIME(?)"
        condition.values.append(.int(min(createdFrom, Self.lastSecond)))
      }
      if let createdBefore, createdBefore <= Self.lastSecond {
        condition.sql += " AND created_at < FROM_UNIXTIME(?)"
        condition.values.append(.int(max(createdBefore, 1)))
      }
      conditions.append(condition)
    }
    return conditions
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

/// What is asked of a row, and the index that holds all of it.
private struct IndexedCondition {
  let index: String
  var sql: String
  var values: [MySQLValue]

  /// From `FROM` to the condition.
  var rows: String { "FROM poses FORCE INDEX (\(index)) WHERE \(sql)" }
}
