import CMariaDB
import PoseCore

/// The table `poses` as another program may have made it: whether it can be served, and which indexes are missing.
struct PosesTable: Sendable {
  private let configuration: MySQLConfiguration

  init(_ configuration: MySQLConfiguration) {
    self.configuration = configuration
  }

  /// Throws `configuration`, naming column and type, if the table can't be served. A missing table is no error. Changes
  /// nothing. Blocks.
  func check(_ connection: MySQLConnection) throws {
    let columns = try Self.columns(connection)
    guard !columns.isEmpty, let fault = try fault(columns, connection) else { return }
    throw PoseVaultError(
      .configuration,
      "The table poses in database '\(configuration.database)' of \(configuration) can't be used: \(fault)")
  }

  private func fault(_ columns: [String: Column], _ connection: MySQLConnection) throws -> String? {
    for rule in ColumnRule.all {
      guard let column = columns[rule.name] else { return "it has no column \(rule.name). It must be \(rule.wanted)." }
      guard rule.allows(column) else {
        return "its column \(rule.name) is \(column.text); it must be \(rule.wanted)."
      }
    }
    if let id = columns["id"], !id.countsByItself {
      return "its column id is \(id.text) without AUTO_INCREMENT: new rows would get no id."
    }
    let key = try Self.primaryKey(connection)
    if key != ["id"] {
      return key.isEmpty
        ? "it has no primary key. It must be the column id."
        : "its primary key is \(key.joined(separator: ", ")); it must be the column id."
    }
    return Self.details(columns) ?? Self.unfilled(columns)
  }

  /// Another program's columns with the same names as ours. All of ours are created by one statement.
  private static func details(_ columns: [String: Column]) -> String? {
    let taken = detailColumns.filter { columns[$0] != nil }
    guard !taken.isEmpty, taken.count < detailColumns.count else { return nil }
    return "it has columns with names reserved for PoseVault (\(taken.joined(separator: ", "))): rename them."
  }

  /// A column that every new row would have to provide.
  private static func unfilled(_ columns: [String: Column]) -> String? {
    let known = ColumnRule.all.map(\.name) + detailColumns
    let demanding = columns.values.filter { !known.contains($0.name) && $0.mustBeFilled }.map(\.name).sorted()
    guard let first = demanding.first else { return nil }
    return
      "its column \(first) is NOT NULL and has no default, so no row can be added: give it a default, or let it be "
      + "NULL."
  }

  private static let detailColumns = [
    "score", "picture_width", "picture_height", "file_name", "world_keypoints", "detected_keypoints", "corrected_at",
  ]

  private static func columns(_ connection: MySQLConnection) throws -> [String: Column] {
    let rows = try connection.rows(
      """
      SELECT column_name, data_type, column_type, character_maximum_length, is_nullable, column_default, extra
      FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'poses'
      """)
    let columns = try rows.map { try Column(row: $0) }
    return Dictionary(columns.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static func primaryKey(_ connection: MySQLConnection) throws -> [String] {
    try connection.rows(
      """
      SELECT column_name FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'poses' AND index_name = 'PRIMARY' ORDER BY seq_in_index
      """
    ).compactMap { $0.text(0)?.lowercased() }
  }
}

extension PosesTable {
  /// An index that statements name.
  struct Index: Sendable {
    let name: String
    let column: String
    /// It exists, but is invisible to statements.
    var isHidden = false

    static let all = [
      Index(name: "idx_image_id", column: "image_id"), Index(name: "idx_created_at", column: "created_at"),
      Index(name: "posevault_id", column: "id"), Index(name: "posevault_file_name", column: "file_name"),
      Index(name: "posevault_corrected_at", column: "corrected_at"),
    ]

    /// Creates it or makes it visible. Changes on one server are serialized: each finds what another did. Blocks.
    func make(_ connection: MySQLConnection) throws {
      if isHidden {
        let shown = connection.isMariaDB ? "NOT IGNORED" : "VISIBLE"
        return try connection.execute("ALTER TABLE poses ALTER INDEX \(name) \(shown)")
      }
      do {
        try connection.execute("CREATE INDEX \(name) ON poses (\(column))")
      } catch let error as MySQLError
        where error.isOne(of: ER_TOO_LONG_KEY, ER_INDEX_COLUMN_TOO_LONG, ER_BLOB_KEY_WITHOUT_LENGTH)
      {
        // text without a length, or an old row format, whose indexes have up to 767 bytes
        try connection.execute("CREATE INDEX \(name) ON poses (\(column)(191))")
      }
    }
  }

  /// Those without which statements would fail. Throws `configuration` if one has other columns. Blocks.
  func missingIndexes(_ connection: MySQLConnection) throws -> [Index] {
    let hidden = connection.isMariaDB ? "ignored = 'YES'" : "is_visible = 'NO'"
    let rows = try connection.rows(
      """
      SELECT index_name, column_name, \(hidden), index_type FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = 'poses' AND seq_in_index = 1
      """)
    return try Index.all.compactMap { index in
      guard let row = rows.first(where: { $0.text(0)?.lowercased() == index.name }) else { return index }
      guard row.text(1)?.lowercased() == index.column, row.text(3) == "BTREE" else {
        throw PoseVaultError(
          .configuration,
          "The table poses in database '\(configuration.database)' of \(configuration) can't be used: its index "
            + "\(index.name) is not a plain one of the column \(index.column). Rename it, and the right one is made.")
      }
      return try row.int(2) == 1 ? Index(name: index.name, column: index.column, isHidden: true) : nil
    }
  }
}

/// A column of the table as the server describes it.
private struct Column {
  let name: String
  /// Such as `varchar`.
  let type: String
  /// Such as `varchar(255)`, in capitals.
  let text: String
  /// In characters, or bytes; nil for types other than text.
  let length: Int64?
  let mustBeFilled: Bool
  let countsByItself: Bool

  init(row: MySQLRow) throws {
    name = row.text(0)?.lowercased() ?? ""
    type = row.text(1)?.lowercased() ?? ""
    text = row.text(2)?.uppercased() ?? ""
    length = try row.int(3)
    let extra = row.text(6)?.lowercased() ?? ""
    countsByItself = extra.contains("auto_increment")
    // MariaDB says NULL as a word where that is the default
    mustBeFilled =
      row.text(4)?.uppercased() == "NO" && row.text(5) == nil && !countsByItself && !extra.contains("generated")
      && !extra.contains("virtual") && !extra.contains("stored")
  }
}

/// What a column of the table may be.
private struct ColumnRule: Sendable {
  let name: String
  /// For a person.
  let wanted: String
  let allows: @Sendable (Column) -> Bool

  static let all = [
    ColumnRule(name: "id", wanted: "INT or BIGINT AUTO_INCREMENT") {
      ["tinyint", "smallint", "mediumint", "int", "bigint"].contains($0.type)
    },
    ColumnRule(name: "image_id", wanted: "text of 24 characters or more, such as VARCHAR(255)") { column in
      // a BINARY that is longer fills up with zeros
      if column.type == "binary" { return column.length == 24 }
      return ["char", "varchar", "tinytext", "text", "mediumtext", "longtext", "varbinary"].contains(column.type)
        && column.length.map { $0 >= 24 } ?? false
    },
    ColumnRule(name: "keypoints", wanted: "JSON, or TEXT, MEDIUMTEXT or LONGTEXT") { column in
      if ["json", "text", "mediumtext", "longtext"].contains(column.type) { return true }
      return column.type == "varchar" && column.length.map { $0 >= 8000 } ?? false
    },
    ColumnRule(name: "created_at", wanted: "TIMESTAMP or DATETIME") { ["timestamp", "datetime"].contains($0.type) },
    ColumnRule(name: "updated_at", wanted: "TIMESTAMP or DATETIME") { ["timestamp", "datetime"].contains($0.type) },
  ]
}
