import GRDB
public import PoseCore

/// The library that stores the embedded storage's rows.
public enum EmbeddedLibraries {
  public static var versions: [LibraryVersion] {
    // a database in memory, so no disk is waited for
    let version = try? DatabaseQueue().read { try String.fetchOne($0, sql: "SELECT sqlite_version()") }
    return [LibraryVersion("SQLite", version: version)]
  }
}
