import GRDB
public import PoseCore

extension SQLitePoseRepository {
  public func list(_ page: PosePage, of filter: PoseFilter, with parts: PoseParts) async throws -> [PoseRecord] {
    try await database.read { db in
      var ids = filter.selection
      switch page {
      case .offset(let offset, let limit):
        ids.sql += " ORDER BY id DESC LIMIT ? OFFSET ?"
        ids.arguments += [max(limit, 0), max(offset, 0)]
      case .after(let id, let limit):
        ids.sql += " AND id < ? ORDER BY id DESC LIMIT ?"
        ids.arguments += [id, max(limit, 0)]
      }
      // the rows themselves are read only once their ids are known
      return try Self.rows(parts, "WHERE id IN (SELECT id \(ids.sql)) ORDER BY id DESC", ids.arguments, db)
    }
  }

  public func count(of filter: PoseFilter) async throws -> Int {
    guard filter == .all else {
      return try await database.read { db in
        let rows = filter.selection
        return try Int.fetchOne(db, sql: "SELECT count(*) \(rows.sql)", arguments: rows.arguments) ?? 0
      }
    }
    return try await database.total.current { [database] in
      let before = database.total.now
      return try await database.read { db in
        let rows = try Int.fetchOne(db, sql: "SELECT poses FROM posevault_total") ?? 0
        return RowCount.Snapshot(rows: rows, before: before, after: database.total.now)
      }
    }
  }
}

extension PoseFilter {
  /// From `FROM` to the conditions, by way of the index that holds all that they ask about, or leaves few rows to look at.
  fileprivate var selection: (sql: String, arguments: StatementArguments) {
    var conditions = ["TRUE"]
    var arguments = StatementArguments()
    if let imageID {
      conditions.append("image_id = ?")
      arguments += [imageID.description]
    }
    if let createdFrom {
      conditions.append("created_at >= ?")
      arguments += [createdFrom]
    }
    if let createdBefore {
      conditions.append("created_at < ?")
      arguments += [createdBefore]
    }
    switch fileName {
    case .equals(let name):
      conditions.append("file_name = ?")
      arguments += [name]
    case .contains(let part):
      conditions.append(#"file_name LIKE ? ESCAPE '\'"#)
      arguments += ["%\(Self.literal(part))%"]
    case nil: break
    }
    if let isCorrected { conditions.append(isCorrected ? "corrected_at IS NOT NULL" : "corrected_at IS NULL") }
    return ("FROM poses INDEXED BY \(index) WHERE \(conditions.joined(separator: " AND "))", arguments)
  }

  private var index: String {
    if imageID != nil { return "idx_image_id" }
    if case .equals = fileName { return "idx_file_name" }
    return self == .all ? "idx_id" : "idx_filter"
  }

  private static func literal(_ text: String) -> String {
    var literal = ""
    for character in text.unicodeScalars {
      if ["%", "_", #"\"#].contains(character) { literal.unicodeScalars.append(#"\"#) }
      literal.unicodeScalars.append(character)
    }
    return literal
  }
}
