public import PoseCore

/// Poses in the table `poses` of MySQL or MariaDB.
public struct MySQLPoseRepository: PoseRepository, PoolUser {
  let database: MySQLDatabase

  public var pools: [PoolLoad] { [database.load] }

  public func datasetID() async throws -> String {
    try await database.read(Self.datasetID)
  }

  public func find(_ id: Int, with parts: PoseParts) async throws -> PoseRecord? {
    try await database.read { connection in try Self.row(id, parts: parts, over: connection) }
  }

  public func referenced(among ids: [ImageID]) async throws -> Set<ImageID> {
    try await database.read { connection in try Self.referenced(among: ids, connection) }
  }

  static func referenced(among ids: [ImageID], _ connection: MySQLConnection) throws -> Set<ImageID> {
    var referenced: Set<ImageID> = []
    let spellings = ids.flatMap(\.spellings)
    for start in stride(from: 0, to: spellings.count, by: Self.spellingsPerStatement) {
      // filled up with the last one, so that one prepared statement serves any number
      let part = (start..<start + Self.spellingsPerStatement).map { spellings[min($0, spellings.count - 1)] }
      try connection.forEach(Self.findImages, part.map { .text($0) }) { row in
        if let id = row.text(0).flatMap({ ImageID($0) }) { referenced.insert(id) }
      }
    }
    return referenced
  }

  public func ping() async throws {
    try await database.ping { connection in _ = try Self.datasetID(connection) }
  }

  static func datasetID(_ connection: MySQLConnection) throws -> String {
    let row = try connection.rows("SELECT value FROM posevault_meta WHERE name = 'dataset_id'").first
    guard let id = row?.text(0) else {
      throw PoseVaultError(.storageUnavailable, "The database has lost its dataset id; it is damaged.")
    }
    return id
  }

  private static let spellingsPerStatement = 100
  private static let findImages =
    "SELECT DISTINCT image_id FROM poses WHERE image_id IN ("
    + repeatElement("?", count: spellingsPerStatement).joined(separator: ", ") + ")"
}

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
  /// From `FROM` to the conditions; to be evaluated in the order written, since servers may otherwise look up
  /// each row of one index in all rows of the other.
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
    case .contains(let search):
      (
        (["file_name IS NOT NULL"] + search.words.map { _ in "file_name REGEXP ?" }).joined(separator: " AND "),
        search.words.map { .text(pattern($0)) }
      )
    }
  }

  /// What may stand in a letter's place is listed: collations differ in which letters are the same.
  private static func pattern(_ word: NameSearch.Word) -> String {
    word.forms.map { letters in
      var pattern = ""
      for letter in letters {
        if letter.count > 1 {
          pattern.unicodeScalars.append("[")
          pattern.unicodeScalars += letter
          pattern.unicodeScalars.append("]")
          continue
        }
        for scalar in letter {
          // a backslash makes every sign of ASCII stand for itself
          switch scalar {
          case " "..."/", ":"..."@", "["..."`", "{"..."~": pattern.unicodeScalars += ["\\", scalar]
          default: pattern.unicodeScalars.append(scalar)
          }
        }
      }
      return pattern
    }.joined(separator: "|")
  }

  private static let lastSecond: Int64 = 2_147_483_647
}

/// A condition on a row, and the index that covers it.
private struct IndexedCondition {
  let index: String
  var sql: String
  var values: [MySQLValue]

  /// From `FROM` to the condition.
  var rows: String { "FROM poses FORCE INDEX (\(index)) WHERE \(sql)" }
}

extension MySQLPoseRepository {
  public func insert(_ poses: [NewPose]) async throws -> [PoseRecord] {
    guard let first = poses.first else { return [] }
    guard poses.count > 1 || AuditNote.current != nil else {
      // spares the server two more statements
      return [PoseRecord(id: try await database.addRow(Self.insertion, first.values), first)]
    }
    return try await database.change(rowsAdded: \.count, noting: AuditSubject.of) { try Self.insert(poses, $0) }
  }

  static func insert(_ poses: [NewPose], _ connection: MySQLConnection) throws -> [PoseRecord] {
    try poses.map { PoseRecord(id: try connection.change(insertion, $0.values).insertedID, $0) }
  }

  public func update(
    _ id: Int, keypoints: [UInt8], at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord? {
    try await database.change(noting: AuditSubject.of) { connection in
      guard let pose = try Self.row(id, parts: [], over: connection, isLocked: true) else { return nil }
      try condition(pose)
      try connection.change(
        """
        UPDATE poses SET
          detected_keypoints = COALESCE(CONVERT(detected_keypoints USING utf8mb4), CONVERT(keypoints USING utf8mb4)),
          keypoints = ?,
          corrected_at = FROM_UNIXTIME(?), updated_at = FROM_UNIXTIME(?), \(Self.keepingCreation) WHERE id = ?
        """,
        [.bytes(keypoints), .int(seconds), .int(seconds), .int(id)])
      return try Self.row(id, parts: parts, over: connection)
    }
  }

  public func revert(
    _ id: Int, at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord? {
    try await database.change(noting: AuditSubject.of) { connection in
      guard let pose = try Self.row(id, parts: [], over: connection, isLocked: true) else { return nil }
      try condition(pose)
      try connection.change(
        """
        UPDATE poses SET keypoints = detected_keypoints, detected_keypoints = NULL, corrected_at = NULL,
          updated_at = FROM_UNIXTIME(?), \(Self.keepingCreation) WHERE id = ? AND detected_keypoints IS NOT NULL
        """,
        [.int(seconds), .int(id)])
      return try Self.row(id, parts: parts, over: connection)
    }
  }

  public func delete(_ id: Int, if condition: @escaping Condition) async throws -> DeletedPose? {
    try await database.change(
      rowsAdded: { $0 == nil ? 0 : -1 },
      noting: { $0.map { [AuditSubject.pose(id), AuditSubject.image($0.imageID)] } ?? [] }
    ) { connection in
      let sharing = try Self.lockPicture(ofPose: id, connection)
      guard let pose = try Self.row(id, parts: [], over: connection, isLocked: true) else { return nil }
      try condition(pose)
      try connection.change("DELETE FROM poses WHERE id = ?", [.int(id)])
      return DeletedPose(imageID: pose.imageID, imageIsShared: sharing.contains { $0 != id })
    }
  }

  /// The first TIMESTAMP of a table made by an old server is updated with each change unless it is set.
  private static let keepingCreation = "created_at = created_at"

  /// Locks the first two poses of the picture that pose `id` belongs to, and the gaps around them, and returns their
  /// ids: two for each way in which the picture's id may be written.
  ///
  /// Two are enough to know whether another pose remains. Everyone who deletes poses of a picture, on any server, locks
  /// its first pose first, so they take turns, and anyone who adds a pose waits for them.
  static func lockPicture(ofPose id: Int, _ connection: MySQLConnection) throws -> Set<Int> {
    let rows = try connection.rows("SELECT image_id FROM poses WHERE id = ?", [.int(id)])
    guard let image = rows.first?.text(0) else { return [] }
    return try lockPicture(image, connection)
  }

  /// As ``lockPicture(ofPose:_:)``.
  ///
  /// - Parameter isWhole: locks all poses of the picture, and returns their ids.
  static func lockPicture(
    _ image: String, _ connection: MySQLConnection, isWhole: Bool = false
  ) throws -> Set<Int> {
    var locked: Set<Int> = []
    // one after the other, in the same order for all: each is a plain search of the index, which locks nothing else
    for spelling in Set([image] + (ImageID(image)?.spellings ?? [])).sorted() {
      try connection.forEach(
        "SELECT id FROM poses FORCE INDEX (idx_image_id) WHERE image_id = ? ORDER BY id\(isWhole ? "" : " LIMIT 2") "
          + "FOR UPDATE",
        [.text(spelling)]
      ) { row in
        if let id = try row.int(0) { locked.insert(Int(id)) }
      }
    }
    return locked
  }
}

extension MySQLPoseRepository {
  /// - Parameter isLocked: whether the row is locked against changes until the transaction ends.
  static func row(
    _ id: Int, parts: PoseParts, over connection: MySQLConnection, isLocked: Bool = false
  ) throws -> PoseRecord? {
    let sql = "SELECT \(PoseRecord.columns(parts)) FROM poses WHERE id = ?" + (isLocked ? " FOR UPDATE" : "")
    return try connection.rows(sql, [.int(id)]).first.map { try PoseRecord(row: $0, parts) }
  }
}

extension MySQLPoseRepository {
  /// Takes ``NewPose/values``.
  static let insertion =
    """
    INSERT INTO poses (image_id, keypoints, created_at, updated_at, score, picture_width, picture_height, file_name,
      world_keypoints)
    VALUES (?, ?, FROM_UNIXTIME(?), FROM_UNIXTIME(?), ?, ?, ?, ?, ?)
    """
}

extension NewPose {
  var values: [MySQLValue] {
    [
      .text(imageID.description), .bytes(keypoints), .int(createdAt), .int(createdAt),
      details.score.map { .double(Double($0)) } ?? .null, details.pictureWidth.map { .int($0) } ?? .null,
      details.pictureHeight.map { .int($0) } ?? .null, details.fileName.map { .text($0) } ?? .null,
      worldKeypoints.map { .bytes($0) } ?? .null,
    ]
  }
}

extension ImageID {
  /// As they may be written in tables. If the column's collation is case-sensitive, a comparison finds only one of
  /// them.
  var spellings: [String] { [description.uppercased(), description] }
}

extension PoseRecord {
  private static let detailColumns = ["score", "picture_width", "picture_height", "file_name"]

  /// The columns that are always read, then those of each requested part, in the order of ``init(row:_:)``.
  static func columns(_ parts: PoseParts) -> String {
    var columns = ["id", "image_id", "keypoints"]
    // a zero date is no time; adopted columns may have fractions of a second
    columns += ["created_at", "updated_at", "corrected_at"].map { "NULLIF(FLOOR(UNIX_TIMESTAMP(\($0))), 0)" }
    if parts.contains(.details) { columns += detailColumns }
    if parts.contains(.world) { columns.append("world_keypoints") }
    if parts.contains(.detection) { columns.append("detected_keypoints") }
    return columns.joined(separator: ", ")
  }

  init(row: MySQLRow, _ parts: PoseParts) throws {
    self.init(
      id: Int(try row.int(0) ?? 0), imageID: row.text(1) ?? "", keypoints: row.bytes(2) ?? [],
      createdAt: try row.int(3), updatedAt: try row.int(4), correctedAt: try row.int(5))
    var index = 6
    if parts.contains(.details) {
      details = PoseDetails(
        score: try row.double(6).map { Float($0) }, pictureWidth: try row.int(7).map { Int($0) },
        pictureHeight: try row.int(8).map { Int($0) }, fileName: row.text(9))
      index += Self.detailColumns.count
    }
    if parts.contains(.world) {
      worldKeypoints = row.bytes(index)
      index += 1
    }
    if parts.contains(.detection) { detectedKeypoints = row.bytes(index) }
  }
}
