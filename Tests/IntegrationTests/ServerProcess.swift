import Foundation
import TestServers

/// A real `posevault serve`, in a process of its own, on a free port of 127.0.0.1.
final class ServerProcess: Sendable {
  let client: HTTPClient
  private let process: Process
  let pid: Int32

  /// The program that was built along with these tests.
  static let program = (Bundle.main.executableURL ?? URL(filePath: ".")).deletingLastPathComponent()
    .appending(path: "posevault").path

  /// Where compiled models are kept between tests.
  private static let cache = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../.runtime/cache").standardizedFileURL.path

  /// Starts a server that keeps its data in `folder`/data, and waits until it is ready.
  ///
  /// - Parameters:
  ///   - settings: added to the environment, which holds nothing else.
  ///   - wrapper: a command that runs the server, such as `strace` with its options; for embedded storage only.
  static func start(
    in folder: String, settings: [String: String] = [:], wrapper: [String] = []
  ) async throws -> ServerProcess {
    let process = try launch(in: folder, settings: settings, wrapper: wrapper)
    for _ in 0..<3000 where process.isRunning {
      if let match = log(in: folder).firstMatch(of: /Ready on http:\/\/127\.0\.0\.1:([0-9]+)/), let port = Int(match.1)
      {
        let pid = wrapper.isEmpty ? process.processIdentifier : try lockHolder(in: folder)
        return ServerProcess(process, port: port, pid: pid)
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    process.terminate()
    throw Failure(description: "The server did not get ready; its log:\n\(log(in: folder))")
  }

  /// Starts a server and does not wait for anything.
  static func launch(
    in folder: String, settings: [String: String] = [:], wrapper: [String] = []
  ) throws -> Process {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data().write(to: URL(filePath: folder + "/log"))
    let command = wrapper + [program, "serve"]
    let process = Process()
    process.executableURL = URL(filePath: command[0])
    process.arguments = Array(command.dropFirst())
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = ["PORT": "0", "DATA_DIR": folder + "/data", "XDG_CACHE_HOME": cache]
      .merging(settings) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: URL(filePath: folder + "/log"))
    try process.start()
    return process
  }

  private init(_ process: Process, port: Int, pid: Int32) {
    self.process = process
    self.pid = pid
    client = HTTPClient(port: port)
  }

  /// The process of the server that has the embedded storage.
  private static func lockHolder(in folder: String) throws -> Int32 {
    let lock = try String(contentsOfFile: folder + "/data/server.lock", encoding: .utf8)
    guard let pid = Int32(lock.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw Failure(description: "server.lock holds no process id but '\(lock)'")
    }
    return pid
  }

  /// A test that fails half-way leaves no server behind.
  deinit {
    if process.isRunning { kill(pid, SIGKILL) }
  }

  /// How many threads it has.
  var threads: Int {
    get throws { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task").count }
  }

  /// Sends `signal` and waits for the end; the exit status, or the signal's number.
  @discardableResult
  func end(_ signal: Int32) async throws -> Int32 {
    kill(pid, signal)
    return try await Self.wait(for: process)
  }

  static func wait(for process: Process) async throws -> Int32 {
    while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
    return process.terminationStatus
  }

  static func log(in folder: String) -> String {
    (try? String(contentsOfFile: folder + "/log", encoding: .utf8)) ?? ""
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}

/// Runs `body` with the path of a new folder, which is removed afterwards.
func withTemporaryFolder(_ body: (String) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try await body(folder)
}
