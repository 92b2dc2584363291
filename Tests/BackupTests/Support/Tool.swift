import Foundation
import TestServers

/// Programs of others that read what we write.
enum Tool {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().path
    .replacing("/Tests/BackupTests/Support", with: "")
  static let python = root + "/.runtime/venv-test/bin/python"

  /// Exit status, and what the program wrote to both outputs.
  static func run(_ program: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, output)
    process.standardInput = FileHandle.nullDevice
    return try await withCheckedThrowingContinuation { continuation in
      do {
        try process.start()
      } catch {
        return continuation.resume(throwing: error)
      }
      // a thread of its own, since reading to the end blocks
      Thread.detachNewThread {
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        continuation.resume(returning: (process.terminationStatus, String(decoding: data, as: UTF8.self)))
      }
    }
  }

  /// The path of a script of the product.
  static func script(_ name: String) -> String { "\(root)/Scripts/\(name)" }

  /// Runs a script of this folder.
  static func python(_ script: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
    try await run(python, [URL(filePath: #filePath).deletingLastPathComponent().path + "/" + script] + arguments)
  }
}
