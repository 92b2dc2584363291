import Foundation
import TestServers

/// A real `posevault backup …`, in a process of its own, in a folder with nothing but its data and its backups.
final class BackupProcess: Sendable {
  private let process: Process
  private let output: URL

  /// - Parameters:
  ///   - folder: where the command runs; the data lie in `data`, the archives in `backups` below it.
  ///   - settings: added to the environment, which holds nothing else.
  static func start(_ words: [String], in folder: String, settings: [String: String] = [:]) throws -> BackupProcess {
    let process = Process()
    process.executableURL = URL(filePath: ServerProcess.program)
    process.arguments = ["backup"] + words
    process.currentDirectoryURL = URL(filePath: folder)
    process.environment = settings
    process.standardInput = FileHandle.nullDevice
    let output = URL(filePath: folder + "/output-" + UUID().uuidString)
    for url in [output, output.appendingPathExtension("errors")] { try Data().write(to: url) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: output.appendingPathExtension("errors"))
    try process.start()
    return BackupProcess(process, output)
  }

  /// Runs the command to its end.
  static func run(
    _ words: [String], in folder: String, settings: [String: String] = [:]
  ) async throws -> (status: Int32, output: String, errors: String) {
    try await start(words, in: folder, settings: settings).end()
  }

  private init(_ process: Process, _ output: URL) {
    (self.process, self.output) = (process, output)
  }

  /// A test that fails half-way leaves no process behind.
  deinit {
    if process.isRunning { Foundation.kill(process.processIdentifier, SIGKILL) }
  }

  func kill(_ signal: Int32) {
    Foundation.kill(process.processIdentifier, signal)
  }

  /// Waits for the end; the exit status, or the signal's number.
  func end() async throws -> (status: Int32, output: String, errors: String) {
    let status = try await ServerProcess.wait(for: process)
    return (
      status, try String(contentsOf: output, encoding: .utf8),
      try String(contentsOf: output.appendingPathExtension("errors"), encoding: .utf8)
    )
  }
}
