import Foundation
import Glibc
import Synchronization

/// A SeaweedFS server of one test, which speaks S3 on a free port of 127.0.0.1, with new data.
///
/// It checks signatures, keeps versions and knows Object Lock. It ends with this object or the test process.
public final class SeaweedFSServer: Sendable {
  public let port: Int
  public static let accessKeyID = "testkey"
  public static let secret = "test/secret+key"
  public static let region = "us-east-1"
  private let ports: [Int]
  private let daemon: Daemon
  private static let sharedServer = Mutex<Task<SeaweedFSServer, any Error>?>(nil)

  /// Starts a server and waits until it can be written to.
  public static func start() async throws -> SeaweedFSServer {
    guard ServersFolder.has("seaweedfs/weed") else {
      throw TestServerFailure(description: "SeaweedFS is not there; Scripts/test-servers installs it")
    }
    var ports: Set<Int> = []
    while ports.count < 8 { ports.insert(try FreePort.find()) }
    let server = SeaweedFSServer(ports: Array(ports), folder: try ServersFolder.make(below: nil))
    try FileManager.default.createDirectory(atPath: server.folder + "/data", withIntermediateDirectories: false)
    let identity = """
      {"identities": [{"name": "test", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        "credentials": [{"accessKey": "\(accessKeyID)", "secretKey": "\(secret)"}]}]}
      """
    try Data(identity.utf8).write(to: URL(filePath: server.folder + "/s3.json"))
    try await server.launch()
    return server
  }

  /// The one server that all tests of this process may use, each with a bucket of its own.
  public static func shared() async throws -> SeaweedFSServer {
    try await sharedServer.withLock { server in
      let running = server ?? Task { try await start() }
      server = running
      return running
    }.value
  }

  private init(ports: [Int], folder: String) {
    self.ports = ports
    port = ports[0]
    daemon = Daemon(folder: folder)
  }

  public var folder: String { daemon.folder }
  /// What the server wrote since its last start.
  public var log: String { daemon.log }

  /// Such as `http://127.0.0.1:8333`.
  public var endpoint: String { "http://127.0.0.1:\(port)" }

  private func launch() async throws {
    let command = [
      ServersFolder.path + "/seaweedfs/weed", "-logtostderr=true", "server", "-dir=\(folder)/data",
      "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.port=\(ports[1])", "-master.port.grpc=\(ports[2])",
      "-volume.port=\(ports[3])", "-volume.port.grpc=\(ports[4])", "-filer", "-filer.port=\(ports[5])",
      "-filer.port.grpc=\(ports[6])", "-filer.localSocket=\(folder)/filer.sock", "-s3", "-s3.port=\(port)",
      "-s3.port.grpc=\(ports[7])", "-s3.localSocket=\(folder)/s3.sock", "-s3.port.iceberg=0", "-s3.port.lance=0",
      "-s3.config=\(folder)/s3.json", "-s3.domainName=localhost", "-s3.iam=false", "-s3.autoCreateBucket=false",
      // it would else tell its maker of itself
      "-master.telemetry=false", "-master.volumeSizeLimitMB=256", "-volume.max=200",
    ]
    try await daemon.launch(command, untilLogHas: "Start Seaweed S3 API Server")
  }

  public var isRunning: Bool { daemon.isRunning }

  /// Ends it as a power cut would, but for what the system has not yet written.
  public func kill9() async throws { try await daemon.end(SIGKILL) }

  /// Starts it again with the same data on the same ports.
  public func restart() async throws {
    if daemon.isRunning { try await kill9() }
    try await launch()
  }

  /// Makes a bucket with a name like no other.
  public func makeBucket(objectLock: Bool = false) async throws -> String {
    let name = "test-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
    let lock = objectLock ? ["-H", "x-amz-bucket-object-lock-enabled: true"] : []
    // the server may still look for its disk
    for _ in 0..<50 {
      if (try? await curl(["-X", "PUT"] + lock, "/\(name)")) != nil { return name }
      try await Task.sleep(for: .milliseconds(200))
    }
    throw TestServerFailure(description: "SeaweedFS made no bucket:\n\(log.suffix(4000))")
  }

  /// Stores a text by curl, which signs by itself.
  public func put(_ text: String, at path: String, type: String = "text/plain") async throws {
    let file = folder + "/" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: file) }
    try Data(text.utf8).write(to: URL(filePath: file))
    // curl 7.88 would sign the digest of nothing
    let digest = try await Command.run(["sha256sum", file]).prefix(64)
    try await curl(
      ["--upload-file", file, "-H", "x-amz-content-sha256: \(digest)", "-H", "Content-Type: \(type)"], path)
  }

  /// What curl, which signs by itself, gets from the server.
  ///
  /// - Parameter path: percent-encoded, with a query perhaps.
  @discardableResult
  public func curl(_ options: [String] = [], _ path: String) async throws -> String {
    try await Command.run(
      [
        "curl", "--silent", "--show-error", "--fail-with-body", "--path-as-is", "--aws-sigv4",
        "aws:amz:\(Self.region):s3", "--user", "\(Self.accessKeyID):\(Self.secret)",
      ] + options + [endpoint + path])
  }
}
