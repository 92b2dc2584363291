import GRDB
import PoseCore

/// The tables, made and upgraded by numbered steps that are never changed once released.
enum Schema {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      // Case is ignored in image ids as MySQL's collation does, where adopted ones may be in capitals.
      try db.execute(
        sql: """
          CREATE TABLE poses (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            image_id TEXT NOT NULL COLLATE NOCASE,
            keypoints TEXT NOT NULL,
            created_at INTEGER,
            updated_at INTEGER
          );
          CREATE INDEX idx_image_id ON poses (image_id);
          CREATE INDEX idx_created_at ON poses (created_at);
          -- A row fills most of a database page. Counting and skipping rows reads this index instead:
          -- a million rows are counted in 3 ms and skipped in 7.
          CREATE INDEX idx_id ON poses (id);
          CREATE TABLE images (
            id TEXT NOT NULL PRIMARY KEY,
            length INTEGER NOT NULL,
            uploaded_at INTEGER NOT NULL,
            content_type TEXT,
            sha256 TEXT,
            width INTEGER,
            height INTEGER,
            file_name TEXT,
            dataset_id TEXT
          ) WITHOUT ROWID;
          CREATE TABLE posevault_meta (
            name TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
          ) WITHOUT ROWID;
          """)
      try db.execute(
        sql: "INSERT INTO posevault_meta (name, value) VALUES ('dataset_id', ?)",
        arguments: [DatasetID.random()])
    }
    migrator.registerMigration("2", migrate: addRuns)
    migrator.registerMigration("3", migrate: addDetails)
    migrator.registerMigration("4", migrate: addTotal)
    migrator.registerMigration("5", migrate: addKeeping)
    migrator.registerMigration("6", migrate: addUploads)
    return migrator
  }

  /// Creates or upgrades the tables; a database that a newer version made is refused, and left as it is.
  static func migrate(_ pool: DatabasePool) throws {
    guard try !pool.read(migrator.hasBeenSuperseded) else {
      throw PoseVaultError(
        .storageUnavailable,
        "The database \(pool.path) was made by a newer version of PoseVault; use that version, or a newer one.")
    }
    try migrator.migrate(pool)
  }
}
