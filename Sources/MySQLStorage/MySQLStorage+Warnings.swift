extension MySQLStorage {
  /// Settings of the server with which a power loss may take what was acknowledged, one line each, for `doctor`.
  public func warnings() async throws -> [String] {
    try await database.read { connection in
      let settings = try connection.rows(
        """
        SELECT @@GLOBAL.innodb_flush_log_at_trx_commit, @@GLOBAL.log_bin, @@GLOBAL.sync_binlog,
          CAST(@@GLOBAL.innodb_doublewrite AS CHAR)
        """)
      let engine = try connection.rows(
        "SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'poses'")
      guard let row = settings.first else { return [] }
      var warnings: [String] = []
      if try row.int(0) != 1 {
        warnings.append(
          "innodb_flush_log_at_trx_commit is \(row.text(0) ?? "unknown"), not 1: the last second may be lost.")
      }
      if try row.int(1) == 1, try row.int(2) != 1 {
        warnings.append("sync_binlog is \(row.text(2) ?? "unknown"), not 1: the binary log may lack the last changes.")
      }
      if let doublewrite = row.text(3), ["0", "OFF", "DETECT_ONLY"].contains(doublewrite.uppercased()) {
        warnings.append("innodb_doublewrite is \(doublewrite): a page that was half written can't be repaired.")
      }
      if let engine = engine.first?.text(0), engine.uppercased() != "INNODB" {
        warnings.append("The table poses is kept by \(engine), not InnoDB: it knows no transactions.")
      }
      let unique = try connection.rows(
        """
        SELECT index_name FROM information_schema.statistics
        WHERE table_schema = DATABASE() AND table_name = 'poses' AND non_unique = 0
        GROUP BY index_name HAVING COUNT(*) = 1 AND MAX(column_name) = 'image_id'
        """)
      if let name = unique.first?.text(0) {
        warnings.append("The index \(name) of poses allows one row for each picture: several people can't be stored.")
      }
      return warnings
    }
  }
}
