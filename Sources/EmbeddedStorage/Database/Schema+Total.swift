import GRDB

extension Schema {
  /// How many poses there are, kept up to date by triggers: an index of a million rows is counted in milliseconds, but
  /// a list asks for the number each time.
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
