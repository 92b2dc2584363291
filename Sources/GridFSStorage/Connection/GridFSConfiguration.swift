/// Which MongoDB to use, and how much of it.
public struct GridFSConfiguration: Sendable {
  /// A MongoDB connection string. Its settings for connections and timeouts override the defaults here; how writes are
  /// confirmed and where reads go is fixed. If it names no database, `pose_images_db` is used.
  public var uri: String
  /// The number of connections and threads, if the connection string has no `maxPoolSize`.
  public var maxConnections: Int
  /// How long a call waits for a free connection.
  public var waitLimit: Duration

  public init(uri: String, maxConnections: Int = 16, waitLimit: Duration = .seconds(2)) {
    self.uri = uri
    self.maxConnections = maxConnections
    self.waitLimit = waitLimit
  }
}
