import Foundation

/// A program that is run to its end.
public enum Command {
  /// Runs `words` and returns what it wrote to standard output.
  ///
  /// - Parameters:
  ///   - input: what it reads from standard input.
  ///   - environment: replaces this process's environment.
  /// - Throws: `TestServerFailure` with what it wrote to standard error when it fails.
  @discardableResult
  public static func run(
    _ words: [String], input: String = "", environment: [String: String]? = nil
  ) async throws -> String {
    // files, unlike pipes, never fill up and block either side
    let (input, output, errors) = (try temporaryFile(input), try temporaryFile(), try temporaryFile())
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    process.environment = environment
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in ended.resume() }
      do { try process.start() } catch { ended.resume(throwing: error) }
    }
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      throw TestServerFailure(
        description: "\(words[0]) failed with \(process.terminationStatus): \(try content(errors))")
    }
    return try content(output)
  }

  /// An open file that has no name any more.
  private static func temporaryFile(_ content: String = "") throws -> FileHandle {
    let url = FileManager.default.temporaryDirectory.appending(path: "posevault-" + UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: url) }
    try Data(content.utf8).write(to: url)
    return try FileHandle(forUpdating: url)
  }

  private static func content(_ file: FileHandle) throws -> String {
    try file.seek(toOffset: 0)
    return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
  }
}
