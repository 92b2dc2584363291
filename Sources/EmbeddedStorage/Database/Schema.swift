import GRDB
import PoseCore

/// The tables, created and upgraded by numbered steps that never change once released.
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
    migrator.registerMigration("7", migrate: addAccess)
    migrator.registerMigration("8", migrate: addErasure)
    migrator.registerMigration("9", migrate: addHashes)
    return migrator
  }

  /// Creates or upgrades the tables; a database made by a newer version is refused, and left as it is.
  static func migrate(_ pool: DatabasePool) throws {
    guard try !pool.read(migrator.hasBeenSuperseded) else {
      throw PoseVaultError(
        .storageUnavailable,
        "The database \(pool.path) was made by a newer version of PoseVault; use that version, or a newer one.")
    }
    try migrator.migrate(pool)
  }
}

extension Schema {
  /// The tables of ``SQLiteRunStore``.
  static func addRuns(_ db: Database) throws {
    try db.execute(
      sql: """
        -- at most one row, whose number is 1
        CREATE TABLE posevault_restore (
          number INTEGER NOT NULL PRIMARY KEY,
          host TEXT NOT NULL,
          pid INTEGER NOT NULL,
          since INTEGER NOT NULL,
          heartbeat_at INTEGER NOT NULL,
          file TEXT NOT NULL
        );
        -- when pictures that no pose names were last swept; at most one row, whose number is 1
        CREATE TABLE posevault_sweep (
          number INTEGER NOT NULL PRIMARY KEY,
          at INTEGER NOT NULL
        );
        -- state is running, proven, failed or abandoned; is_told belongs to the abandoned ones
        CREATE TABLE posevault_runs (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          host TEXT NOT NULL,
          pid INTEGER NOT NULL,
          started_at INTEGER NOT NULL,
          due_at INTEGER,
          attempt INTEGER,
          heartbeat_at INTEGER NOT NULL,
          phase TEXT NOT NULL,
          progress REAL NOT NULL,
          state TEXT NOT NULL,
          is_told INTEGER NOT NULL DEFAULT 0,
          ended_at INTEGER,
          message TEXT,
          path TEXT,
          size INTEGER,
          sha256 TEXT,
          poses INTEGER,
          pictures INTEGER,
          lost_pictures INTEGER,
          left_out INTEGER,
          is_shrunk INTEGER,
          warnings TEXT,
          UNIQUE (due_at, attempt)
        );
        CREATE INDEX idx_state ON posevault_runs (state);
        CREATE TABLE posevault_mail (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          host TEXT,
          content TEXT NOT NULL,
          due_at INTEGER NOT NULL,
          attempts INTEGER NOT NULL DEFAULT 0,
          -- until then the mail belongs to the sender that took it
          free_at INTEGER NOT NULL DEFAULT 0,
          failure TEXT,
          given_up_at INTEGER
        );
        """)
  }
}

extension Schema {
  /// What is stored of a detection besides its keypoints, and of a correction.
  ///
  /// `idx_filter` covers everything that lists are filtered by, so that a search reads 50 bytes of a row instead of a
  /// page or two. `idx_file_name` answers whether a file has been imported.
  static func addDetails(_ db: Database) throws {
    try db.execute(
      sql: """
        ALTER TABLE poses ADD COLUMN score REAL;
        ALTER TABLE poses ADD COLUMN picture_width INTEGER;
        ALTER TABLE poses ADD COLUMN picture_height INTEGER;
        ALTER TABLE poses ADD COLUMN file_name TEXT;
        ALTER TABLE poses ADD COLUMN corrected_at INTEGER;
        ALTER TABLE poses ADD COLUMN world_keypoints TEXT;
        ALTER TABLE poses ADD COLUMN detected_keypoints TEXT;
        CREATE INDEX idx_filter ON poses (id, created_at, corrected_at, file_name);
        CREATE INDEX idx_file_name ON poses (file_name) WHERE file_name IS NOT NULL;
        """)
  }
}

extension Schema {
  /// The number of poses, kept up to date by triggers: counting an index of a million rows takes milliseconds, but a
  /// list asks for the number each time.
  static func addTotal(_ db: Database) throws {
    try db.execute(
      sql: """
        -- one row, whose number is 1
        CREATE TABLE posevault_total (
          number INTEGER NOT NULL PRIMARY KEY,
          poses INTEGER NOT NULL
        );
        INSERT INTO posevault_total (number, poses) SELECT 1, count(*) FROM poses;
        CREATE TRIGGER posevault_pose_added AFTER INSERT ON poses BEGIN
          UPDATE posevault_total SET poses = poses + 1;
        END;
        CREATE TRIGGER posevault_pose_removed AFTER DELETE ON poses BEGIN
          UPDATE posevault_total SET poses = poses - 1;
        END;
        """)
  }
}

extension Schema {
  /// The keys of uploads. Neither a key nor a file's name is stored.
  static func addUploads(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE posevault_uploads (
          key_sha256 TEXT NOT NULL PRIMARY KEY,
          content_sha256 TEXT NOT NULL,
          attempt TEXT NOT NULL,
          since INTEGER NOT NULL,
          -- both NULL as long as nothing is stored
          pose_id INTEGER,
          answer TEXT
        );
        CREATE INDEX idx_uploads_since ON posevault_uploads (since);
        """)
  }
}

extension Schema {
  /// What is stored about an archive beyond its counts, and the trash.
  static func addKeeping(_ db: Database) throws {
    try db.execute(
      sql: """
        -- JSON; NULL in runs of an older version
        ALTER TABLE posevault_runs ADD COLUMN details TEXT;
        ALTER TABLE posevault_runs ADD COLUMN accepted_at INTEGER;
        -- whether an earlier database had made the archive
        ALTER TABLE posevault_runs ADD COLUMN is_adopted INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE posevault_trash (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          image_id TEXT NOT NULL COLLATE NOCASE UNIQUE,
          length INTEGER NOT NULL,
          reason TEXT NOT NULL,
          trashed_at INTEGER NOT NULL,
          -- the row of poses that it was, as JSON; NULL for a picture that had none
          pose TEXT
        );
        """)
  }
}

extension Schema {
  /// Keys and sessions, of which only digests are stored, and who did what.
  static func addAccess(_ db: Database) throws {
    try db.execute(
      sql: """
        CREATE TABLE posevault_keys (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          name TEXT NOT NULL,
          role TEXT NOT NULL,
          sha256 TEXT NOT NULL UNIQUE,
          created_at INTEGER NOT NULL,
          ends_at INTEGER,
          revoked_at INTEGER,
          last_used_at INTEGER,
          last_used_from TEXT
        );
        CREATE TABLE posevault_sessions (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          sha256 TEXT NOT NULL UNIQUE,
          -- NULL for API_KEY, to which then the binding belongs
          key_id INTEGER,
          binding TEXT,
          created_at INTEGER NOT NULL,
          ends_at INTEGER NOT NULL,
          last_used_at INTEGER NOT NULL,
          last_used_from TEXT
        );
        CREATE INDEX idx_session_key ON posevault_sessions (key_id);
        CREATE TABLE posevault_audit (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          at INTEGER NOT NULL,
          server TEXT NOT NULL,
          caller TEXT NOT NULL,
          session INTEGER,
          client TEXT,
          request TEXT,
          action TEXT NOT NULL,
          subjects TEXT NOT NULL,
          outcome INTEGER NOT NULL,
          count INTEGER NOT NULL,
          -- both NULL until it is sealed
          number INTEGER,
          hash TEXT,
          UNIQUE (server, number)
        );
        CREATE INDEX idx_audit_unsealed ON posevault_audit (server, id) WHERE number IS NULL;
        CREATE INDEX idx_audit_at ON posevault_audit (at);
        CREATE TABLE posevault_audit_chains (
          server TEXT NOT NULL PRIMARY KEY,
          -- of the entry that was removed last
          base_number INTEGER,
          base_hash TEXT,
          head_number INTEGER NOT NULL,
          head_hash TEXT NOT NULL
        ) WITHOUT ROWID;
        """)
  }
}

extension Schema {
  /// Deleted poses in the trash, several of which may belong to one picture, and what was permanently erased.
  static func addErasure(_ db: Database) throws {
    try db.execute(
      sql: """
        ALTER TABLE posevault_trash RENAME TO posevault_trash_before;
        CREATE TABLE posevault_trash (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          image_id TEXT NOT NULL COLLATE NOCASE,
          length INTEGER NOT NULL,
          reason TEXT NOT NULL,
          trashed_at INTEGER NOT NULL,
          -- the row of poses that it was, as JSON; NULL for a picture that had none
          pose TEXT,
          -- that row's id
          pose_id INTEGER UNIQUE
        );
        INSERT INTO posevault_trash (id, image_id, length, reason, trashed_at, pose)
          SELECT id, image_id, length, reason, trashed_at, pose FROM posevault_trash_before;
        -- ids are never used twice
        DELETE FROM sqlite_sequence WHERE name = 'posevault_trash';
        INSERT INTO sqlite_sequence (name, seq)
          SELECT 'posevault_trash', seq FROM sqlite_sequence WHERE name = 'posevault_trash_before';
        DROP TABLE posevault_trash_before;
        CREATE INDEX idx_trash_image_id ON posevault_trash (image_id);
        CREATE TABLE posevault_erased (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          subject TEXT NOT NULL UNIQUE,
          -- ids of poses, with commas
          poses TEXT NOT NULL,
          erased_at INTEGER NOT NULL,
          -- whether its picture may be there yet
          is_pending INTEGER NOT NULL
        );
        CREATE INDEX idx_erased_pending ON posevault_erased (id) WHERE is_pending;
        CREATE INDEX idx_uploads_pose_id ON posevault_uploads (pose_id);
        """)
  }
}

extension Schema {
  /// Pictures are found by their bytes.
  static func addHashes(_ db: Database) throws {
    try db.execute(sql: "CREATE INDEX idx_sha256 ON images (sha256) WHERE sha256 IS NOT NULL")
  }
}
