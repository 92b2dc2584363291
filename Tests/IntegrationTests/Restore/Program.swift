import Foundation
import TestServers

/// The real `posevault`, run in a process of its own.
enum Program {
  struct Outcome: Sendable {
    /// The exit status, or the number of the signal that ended it.
    var status: Int32
    var output: String
    var errors: String
  }

  /// Runs it to its end, with its data in `folder`/data unless `settings` say otherwise.
  static func run(
    _ arguments: [String], settings: [String: String] = [:], in folder: String
  ) async throws -> Outcome {
    let started = try start(arguments, settings: settings, in: folder)
    return try await started.end()
  }

  struct Started {
    let process: Process
    let log: String

    func end() async throws -> Outcome {
      let status = try await ServerProcess.wait(for: process)
      func text(_ kind: String) -> String { (try? String(contentsOfFile: log + kind, encoding: .utf8)) ?? "" }
      return Outcome(status: status, output: text(".out"), errors: text(".err"))
    }
  }

  static func start(_ arguments: [String], settings: [String: String] = [:], in folder: String) throws -> Started {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let log = "\(folder)/\(UUID().uuidString)"
    for kind in [".out", ".err"] { try Data().write(to: URL(filePath: log + kind)) }
    let process = Process()
    process.executableURL = URL(filePath: ServerProcess.program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = [
      "DATA_DIR": folder + "/data", "BACKUP_DIR": folder + "/backups",
      "TMPDIR": FileManager.default.temporaryDirectory.path,
    ].merging(settings) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: log + ".out"))
    process.standardError = try FileHandle(forWritingTo: URL(filePath: log + ".err"))
    try process.start()
    return Started(process: process, log: log)
  }
}
