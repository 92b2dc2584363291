import GRDB

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
