import Access
public import PoseCore

/// The server's settings; every limit has a default that suits a machine on the open internet.
public struct ServerConfiguration: Sendable {
  /// This machine's, by which the audit trail tells servers apart.
  public var name = "server"
  /// The address to listen on.
  public var host: String
  /// 0 lets the system choose.
  public var port: Int
  /// An owner's key beside those that the storage knows.
  public var apiKey: String?
  /// Whether everybody may do everything where no key opens anything.
  public var allowsAnonymous = false
  /// How long a browser stays signed in, in seconds, and after how long without a request it is not any more; nil for
  /// never.
  public var sessionLifetime: Int64 = 30 * 86_400
  public var sessionRest: Int64?
  /// How often each key may have this done in a minute, and as often at once; 0 for no limit.
  public var maxUploadsPerMinute = 12_000
  public var maxDrawingsPerMinute = 30_000
  public var maxExportsPerMinute = 600
  /// Whether the audit trail has who has looked at which pose or picture, too.
  public var auditsReads = false
  /// For how long the answer to a wrong key is held back.
  public var wrongKeyDelay: Duration = .seconds(1)
  /// What the outside calls this server, such as `https://poses.example.org`; image links are built on it.
  public var publicURL: String?
  /// Names beside loopback and `publicURL`'s that a request's `Host` may have; `*` allows any.
  public var allowedHosts: [String]
  /// Origins whose pages may read and write, such as `https://app.example.org`.
  public var corsOrigins: [String]
  /// Whether `/metrics` is for everyone even where ``host`` can be reached from other machines.
  public var isMetricsPublic = false
  /// Folders whose disks are watched: of the embedded storage, and of the archives.
  public var dataFolder: String?
  public var backupFolder: String?
  /// The zone of the backups' schedule, such as `Europe/Berlin`.
  public var backupTimeZone: String?
  /// Whether anybody is mailed about backups.
  public var isMailConfigured = false
  /// Uploads are refused where the data folder's disk has less free, in bytes; the lesser of 512 MB and 2 % where nil.
  public var diskReserve: Int?
  /// Whether deleted poses lie in the trash, and for how long, in seconds.
  public var usesTrash = false
  public var trashRest: Int64 = 30 * 86_400
  /// The program's, for exports and the description of the API.
  public var version = "0"
  /// Settings that expose secrets, a sentence each; shown in health to clients with the right to see them.
  public var warnings: [String] = []
  /// Formats of pictures that are read here.
  public var formats = ImageFormat.readable(with: nil)

  /// The largest picture.
  public var maxUploadBytes = 25 * 1024 * 1024
  /// Over all requests, so that many uploads at once can't exhaust the memory.
  public var maxUploadBytesInFlight = 256 * 1024 * 1024
  /// Requests under way at once. Where as many connections are open, the one that rests for longest is closed for
  /// another.
  public var maxConnections = 512
  /// Reverse proxies, behind which many clients come from one address.
  public var trustedProxies: [NetworkRange] = []
  /// Of answers that clients have not taken yet, over all connections.
  public var maxAnswerBytesInFlight = 256 * 1024 * 1024
  /// The most people looked for in one picture.
  public var maxPosesLimit = 10

  /// From the connection, or the first byte of a later request, to the end of its header.
  public var headerDeadline: Duration = .seconds(15)
  /// In bytes per second, averaged over each ``uploadRateWindow`` that the server waits for a body.
  public var minimumUploadRate = 1024
  public var uploadRateWindow: Duration = .seconds(10)
  /// For a whole body, of the time that the server waits for it.
  public var bodyTimeout: Duration = .seconds(300)
  /// How long an upload may have been coming before it can be given up for another one that finds no memory.
  public var uploadGrace: Duration = .seconds(10)
  /// How long a client may take nothing of a response that waits for it.
  public var stalledReaderDeadline: Duration = .seconds(60)
  /// How long a connection may rest between two requests.
  public var idleTimeout: Duration = .seconds(75)
  /// How long requests under way may take after the order to stop.
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
