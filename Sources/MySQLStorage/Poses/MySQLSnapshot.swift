import PoseCore

/// A transaction that sees the database as of one moment.
///
/// Another connection would see a different moment, so nothing is retried.
struct MySQLSnapshot: PoseSnapshot {
  let connection: HeldConnection

  func totals() async throws -> PoseTotals {
    try await connection.run { connection in
      let row = try connection.rows(
        """
        SELECT COUNT(*), SUM(id DIV \(Self.half)), MAX(id), SUM(\(Self.ofEachText("LENGTH"))),
          SUM(\(Self.ofEachText("CRC32"))), SUM(id MOD \(Self.half))
        FROM poses
        """
      ).first
      func number(_ column: Int) throws -> Int? { try row?.int(column).map { Int($0) } }
      return PoseTotals(
        count: try number(0) ?? 0, sumOfIDs: (try number(1) ?? 0) &* Self.half &+ (try number(5) ?? 0),
        lastID: try number(2), bytes: try number(3) ?? 0,
        sumOfChecksums: try number(4) ?? 0)
    }
  }

  func nextID() async throws -> Int {
    try await connection.run { try MySQLPoseRepository.nextID($0) }
  }

  func rows(after: Int?, limit: Int) async throws -> [PoseRecord] {
    try await connection.run { connection in
      try connection.rows(
        // the other index on ids would have each row searched for
        "SELECT \(PoseRecord.columns(.all)) FROM poses FORCE INDEX (PRIMARY) WHERE id > ? ORDER BY id LIMIT ?",
        [.int(after ?? .min), .int(max(limit, 0))]
      ).map { try PoseRecord(row: $0, .all) }
    }
  }

  /// Ids are summed in two halves, so that 64 bits are enough however large they are.
  private static let half = 1 << 32

  /// The bytes as a connection receives them, whatever the column's character set.
  private static func ofEachText(_ function: String) -> String {
    ["keypoints", "world_keypoints", "detected_keypoints"]
      .map { "COALESCE(\(function)(CONVERT(\($0) USING utf8mb4)), 0)" }.joined(separator: " + ")
  }
}
