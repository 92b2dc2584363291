import Foundation
import Glibc
import Synchronization

/// A MariaDB or MySQL server of one test, on a free port of 127.0.0.1, with new data.
///
/// It runs as it does for a user: what it acknowledges is on the disk. It ends with this object or the test process.
public final class MySQLServer: Sendable {
  public enum Flavor: String, CaseIterable, Sendable, CustomStringConvertible {
    case mariadb, mysql9

    public var description: String {
      switch self {
      case .mariadb: "MariaDB"
      case .mysql9: "MySQL 9"
      }
    }
  }

  /// The user `root` gets in without a password, over TCP.
  public let port: Int
  public let flavor: Flavor
  private let daemon: Daemon
  private let options: [String]
  private static let sharedServers = Mutex<[Flavor: Task<MySQLServer, any Error>]>([:])

  /// Whether set-up could install it. MariaDB always is there after `make test`.
  public static func isAvailable(_ flavor: Flavor) -> Bool {
    ServersFolder.has(flavor.rawValue + "/mysqld")
      && FileManager.default.fileExists(atPath: "\(ServersFolder.path)/\(flavor.rawValue)/version")
  }

  /// Those of all flavors that are there.
  public static var available: [Flavor] { Flavor.allCases.filter(isAvailable) }

  /// Starts a server and waits until it is ready.
  ///
  /// - Parameters:
  ///   - options: added to the command line, such as `--max-connections=5`.
  ///   - parent: where its folder is made, else among the system's temporary files.
  public static func start(
    _ flavor: Flavor, options: [String] = [], below parent: String? = nil
  ) async throws -> MySQLServer {
    guard isAvailable(flavor) else {
      throw TestServerFailure(description: "\(flavor) is not there; Scripts/test-servers installs it")
    }
    let server = MySQLServer(
      flavor, port: try FreePort.find(), options: options, folder: try ServersFolder.make(below: parent))
    try await Command.run([
      "cp", "--archive", "--reflink=auto", "\(ServersFolder.path)/\(flavor.rawValue)/data", server.folder,
    ])
    try await server.launch()
    return server
  }

  /// The one server of this kind that all tests of this process may use, each with a database of its own.
  ///
  /// It does not wait for the disk, so it shows nothing about failures.
  public static func shared(_ flavor: Flavor) async throws -> MySQLServer {
    try await sharedServers.withLock { servers in
      let server = servers[flavor] ?? Task { try await start(flavor, options: relaxed(flavor)) }
      servers[flavor] = server
      return server
    }.value
  }

  private static func relaxed(_ flavor: Flavor) -> [String] {
    ["--innodb-flush-log-at-trx-commit=2"] + (flavor == .mysql9 ? ["--skip-log-bin"] : [])
  }

  private init(_ flavor: Flavor, port: Int, options: [String], folder: String) {
    self.flavor = flavor
    self.port = port
    self.options = options
    daemon = Daemon(folder: folder)
  }

  /// Holds `data` and `log`.
  public var folder: String { daemon.folder }
  /// What the server wrote since its last start.
  public var log: String { daemon.log }

  private func launch() async throws {
    var command = [
      "\(ServersFolder.path)/\(flavor.rawValue)/mysqld", "--no-defaults", "--user=\(NSUserName())",
      "--datadir=\(folder)/data", "--pid-file=\(folder)/pid", "--socket=mysqld.sock", "--tmpdir=\(folder)",
      "--bind-address=127.0.0.1", "--port=\(port)", "--innodb-buffer-pool-size=64M",
    ]
    if flavor == .mysql9 { command += ["--mysqlx=0", "--secure-file-priv=NULL", "--performance-schema=OFF"] }
    try await daemon.launch(command + options, untilLogHas: "ready for connections")
  }

  public var isRunning: Bool { daemon.isRunning }

  /// Ends it as a power cut would, but for what the system has not yet written.
  public func kill9() async throws { try await daemon.end(SIGKILL) }

  /// Ends it in an orderly way.
  public func stop() async throws { try await daemon.end(SIGTERM) }

  /// Starts it again with the same data on the same port, after it was stopped or killed, or by stopping it first.
  public func restart() async throws {
    if daemon.isRunning { try await stop() }
    try await launch()
  }

  /// Makes it hang: connections are still accepted by the system, and nothing is answered.
  public func pause() { daemon.pause() }

  /// Ends a `pause()`.
  public func resume() { daemon.send(SIGCONT) }

  /// Runs statements through the stock command line client.
  ///
  /// - Returns: the rows, a line each, with columns separated by tabs and without names.
  @discardableResult
  public func sql(
    _ text: String, database: String = "", user: String = "root", password: String = ""
  ) async throws -> String {
    try await Command.run(
      [
        "mysql", "--no-defaults", "--host=127.0.0.1", "--port=\(port)", "--user=\(user)",
        "--default-character-set=utf8mb4", "--connect-timeout=10", "--batch", "--skip-column-names",
        "--database=\(database)",
      ],
      input: text,
      environment: ["PATH": "/usr/bin:/bin", "MYSQL_PWD": password])
  }

  /// Creates an empty database; its name is like no other.
  public func makeDatabase() async throws -> String {
    let name = "test_" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
    try await sql("CREATE DATABASE \(name) CHARACTER SET utf8mb4")
    return name
  }
}
