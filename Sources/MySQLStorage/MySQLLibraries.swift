import CMariaDB
public import PoseCore

/// The library that connects to MySQL and MariaDB.
public enum MySQLLibraries {
  public static var versions: [LibraryVersion] {
    [LibraryVersion("MariaDB Connector/C", version: mysql_get_client_info().map { String(cString: $0) })]
  }
}
