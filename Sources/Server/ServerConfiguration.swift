import Access
public import PoseCore

/// The server's settings; every limit has a default suitable for a machine on the open internet.
public struct ServerConfiguration: Sendable {
  /// This machine's name, by which the audit trail distinguishes servers.
  public var name = "server"
  /// The address to listen on.
  public var host: String
  /// 0 lets the system choose.
  public var port: Int
  /// An owner's key, in addition to those in the storage.
  public var apiKey: String?
  /// Whether everybody may do everything if no key is valid.
  public var allowsAnonymous = false
  /// How long a browser stays signed in, in seconds, and after how long without a request it is signed out; nil for
  /// never.
  public var sessionLifetime: Int64 = 30 * 86_400
  public var sessionRest: Int64?
  /// How often each key may request this in a minute, also in one burst; 0 for no limit.
  public var maxUploadsPerMinute = 12_000
  public var maxDrawingsPerMinute = 30_000
  public var maxExportsPerMinute = 600
  /// Whether the audit trail also records who viewed which pose or picture.
  public var auditsReads = false
  /// How long the response to a wrong key is delayed.
  public var wrongKeyDelay: Duration = .seconds(1)
  /// The public address of this server, such as `https://poses.example.org`; image links are built from it.
  public var publicURL: String?
  /// Names besides loopback and `publicURL`'s that a request's `Host` may have; `*` allows any.
  public var allowedHosts: [String]
  /// Origins whose pages may read and write, such as `https://app.example.org`.
  public var corsOrigins: [String]
  /// Whether `/metrics` needs no key even if ``host`` can be reached from other machines.
  public var isMetricsPublic = false
  /// Folders whose disks are monitored: of the embedded storage, and of the archives.
  public var dataFolder: String?
  public var backupFolder: String?
  /// The time zone of the backup schedule, such as `Europe/Berlin`.
  public var backupTimeZone: String?
  /// Whether backups are reported by mail.
  public var isMailConfigured = false
  /// Uploads are refused if the data folder's disk has less free space, in bytes; the lesser of 512 MB and 2 % if nil.
  public var diskReserve: Int?
  /// Whether deleted poses go to the trash, and for how long, in seconds.
  public var usesTrash = false
  public var trashRest: Int64 = 30 * 86_400
  /// The program's version, for exports and the description of the API.
  public var version = "0"
  /// Settings that expose secrets, a sentence each; shown in health to clients with the right to see them.
  public var warnings: [String] = []
  /// Picture formats that can be read here.
  public var formats = ImageFormat.readable(with: nil)

  /// The size limit for pictures.
  public var maxUploadBytes = 25 * 1024 * 1024
  /// Over all requests, so that many uploads at once can't exhaust the memory.
  public var maxUploadBytesInFlight = 256 * 1024 * 1024
  /// Simultaneous requests. If as many connections are open, the one that has been idle longest is closed for a new
  /// one.
  public var maxConnections = 512
  /// Reverse proxies, behind which many clients come from one address.
  public var trustedProxies: [NetworkRange] = []
  /// Response data that clients have not read yet, over all connections.
  public var maxAnswerBytesInFlight = 256 * 1024 * 1024
  /// The maximum number of people to look for in one picture.
  public var maxPosesLimit = 10

  /// From the connection, or the first byte of a later request, to the end of its header.
  public var headerDeadline: Duration = .seconds(15)
  /// In bytes per second, averaged over each ``uploadRateWindow`` that the server waits for a body.
  public var minimumUploadRate = 1024
  public var uploadRateWindow: Duration = .seconds(10)
  /// For a whole body, counting the time that the server waits for it.
  public var bodyTimeout: Duration = .seconds(300)
  /// How long an upload must have been arriving before it can be given up for another one that finds no memory.
  public var uploadGrace: Duration = .seconds(10)
  /// How long a client may stop reading a response.
  public var stalledReaderDeadline: Duration = .seconds(60)
  /// How long a connection may be idle between two requests.
  public var idleTimeout: Duration = .seconds(75)
  /// How long requests in progress may take after the order to stop.
  public var shutdownGrace: Duration = .seconds(20)

  /// Whether only this machine can reach ``host``.
  var isLoopback: Bool { HostName(authority: host.contains(":") ? "[\(host)]" : host)?.isLoopback ?? false }

  var keyRules: KeyRing.Rules {
    KeyRing.Rules(
      apiKey: apiKey, isLoopback: isLoopback, allowsAnonymous: allowsAnonymous, sessionRest: sessionRest)
  }

  var guardsMetrics: Bool { !isLoopback && !isMetricsPublic }

  public init(
    host: String = "127.0.0.1", port: Int = 3000, apiKey: String? = nil, publicURL: String? = nil,
    allowedHosts: [String] = [], corsOrigins: [String] = []
  ) {
    self.host = host
    self.port = port
    self.apiKey = apiKey
    self.publicURL = publicURL
    self.allowedHosts = allowedHosts
    self.corsOrigins = corsOrigins
  }
}
