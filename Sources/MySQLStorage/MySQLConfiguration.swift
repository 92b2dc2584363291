/// Where the MySQL or MariaDB server is and how to log in.
public struct MySQLConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
  public var host: String
  public var port: Int
  public var user: String
  public var password: String
  public var database: String
  /// The path of a PEM file. With it TLS is required and the server's certificate verified; without it TLS is not used.
  public var certificateAuthority: String?
  /// How many connections, and threads that wait for them, there are at most; one more is kept for health.
  public var maxConnections: Int
  /// How long a call waits for a free connection.
  public var waitLimit: Duration

  public init(
    host: String, port: Int = 3306, user: String, password: String, database: String,
    certificateAuthority: String? = nil, maxConnections: Int = 8, waitLimit: Duration = .seconds(2)
  ) {
    self.host = host
    self.port = port
    self.user = user
    self.password = password
    self.database = database
    self.certificateAuthority = certificateAuthority
    self.maxConnections = maxConnections
    self.waitLimit = waitLimit
  }

  /// Such as `MySQL at localhost:3306`: neither here nor in a mirror does the password show.
  public var description: String { "MySQL at \(host):\(port)" }

  public var customMirror: Mirror { Mirror(self, children: ["server": description]) }
}
