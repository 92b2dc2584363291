import Foundation
import Glibc
import Synchronization

/// A MongoDB 6 server of one test, on a free port of 127.0.0.1, with new data.
///
/// It ends with this object or the test process.
public final class MongoDBServer: Sendable {
  public let port: Int
  private let daemon: Daemon
  private let options: [String]
  private static let sharedServer = Mutex<Task<MongoDBServer, any Error>?>(nil)

  /// Starts a server and waits until it can be written to.
  ///
  /// - Parameters:
  ///   - options: added to the command line. `--auth` works with the first user, who may be made without one;
  ///     `--replSet` with a name makes it the only member of that set.
  ///   - parent: where its folder is made, else among the system's temporary files.
  public static func start(options: [String] = [], below parent: String? = nil) async throws -> MongoDBServer {
    guard ServersFolder.has("mongodb/mongod") else {
      throw TestServerFailure(description: "MongoDB is not there; Scripts/test-servers installs it")
    }
    let folder = try ServersFolder.make(below: parent)
    let server = MongoDBServer(port: try FreePort.find(), options: options, folder: folder)
    try FileManager.default.createDirectory(atPath: folder + "/data", withIntermediateDirectories: false)
    try await server.launch(until: "Waiting for connections")
    if let name = server.replicaSet {
      let member = "{'_id': 0, 'host': '127.0.0.1:\(server.port)'}"
      try await server.python(
        "client.admin.command('replSetInitiate', {'_id': '\(name)', 'members': [\(member)]})",
        uri: "mongodb://127.0.0.1:\(server.port)/?directConnection=true")
      try await server.daemon.wait(untilLogHas: primary)
    }
    return server
  }

  /// The one server that all tests of this process may use, each with a database of its own.
  public static func shared() async throws -> MongoDBServer {
    try await sharedServer.withLock { server in
      let running = server ?? Task { try await start() }
      server = running
      return running
    }.value
  }

  private init(port: Int, options: [String], folder: String) {
    self.port = port
    self.options = options
    daemon = Daemon(folder: folder)
  }

  /// Holds `data` and `log`.
  public var folder: String { daemon.folder }
  /// What the server wrote since its last start.
  public var log: String { daemon.log }

  private static let primary = "Transition to primary complete"

  private var replicaSet: String? {
    guard let option = options.firstIndex(of: "--replSet"), option + 1 < options.count else { return nil }
    return options[option + 1]
  }

  private func launch(until readiness: String) async throws {
    var command = [
      ServersFolder.path + "/mongodb/mongod", "--dbpath", folder + "/data", "--bind_ip", "127.0.0.1",
      "--port", "\(port)", "--unixSocketPrefix", folder, "--wiredTigerCacheSizeGB", "0.25",
    ]
    if options.contains("--auth"), replicaSet != nil {
      // what the members of a set show each other
      let key = URL(filePath: folder + "/key")
      try Data("keyOfTheOnlyMember".utf8).write(to: key)
      try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: key.path)
      command += ["--keyFile", key.path]
    }
    try await daemon.launch(command + options, untilLogHas: readiness)
  }

  public var isRunning: Bool { daemon.isRunning }

  /// Ends it as a power cut would, but for what the system has not yet written.
  public func kill9() async throws { try await daemon.end(SIGKILL) }

  /// Ends it in an orderly way.
  public func stop() async throws { try await daemon.end(SIGTERM) }

  /// Starts it again with the same data on the same port, after it was stopped or killed, or by stopping it first.
  public func restart() async throws {
    if daemon.isRunning { try await stop() }
    try await launch(until: replicaSet == nil ? "Waiting for connections" : Self.primary)
  }

  /// Makes it hang: connections are still accepted by the system, and nothing is answered.
  public func pause() { daemon.pause() }

  /// Ends a `pause()`.
  public func resume() { daemon.send(SIGCONT) }

  /// The connection string, without a user.
  ///
  /// - Parameter database: the one that a client uses where it names none.
  public func uri(database: String = "") -> String {
    "mongodb://127.0.0.1:\(port)/\(database)" + (replicaSet.map { "?replicaSet=\($0)" } ?? "")
  }

  /// A database's name like no other; the first write creates it.
  public func makeDatabase() -> String {
    "test_" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
  }

  /// Runs a Python script with pymongo, in which `client` is connected to this server.
  ///
  /// - Parameter uri: in place of `uri()`.
  /// - Returns: what it prints.
  @discardableResult
  public func python(_ script: String, uri: String? = nil) async throws -> String {
    let head = """
      import sys, bson, gridfs, pymongo
      client = pymongo.MongoClient(sys.argv[1], serverSelectionTimeoutMS=10000)

      """
    return try await Command.run(
      [ServersFolder.runtime + "/venv-test/bin/python", "-", uri ?? self.uri()], input: head + script)
  }
}
