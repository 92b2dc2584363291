import Foundation
import TestServers

/// A wall clock that a test sets for a real process; what waits for some seconds goes on waiting for as many.
///
/// The library is that of the Python tests.
struct FakeClock {
  /// For the process whose clock it is.
  let environment: [String: String]
  private let file: URL

  static func make(in folder: String) async throws -> FakeClock {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Python/fake_clock.c")
    let library = folder + "/fake_clock.so"
    _ = try await Command.run(
      ["clang", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, source.standardizedFileURL.path])
    let clock = FakeClock(
      environment: ["LD_PRELOAD": library, "FAKE_CLOCK": folder + "/clock"], file: URL(filePath: folder + "/clock"))
    try clock.write(0)
    return clock
  }

  /// - Parameter moment: in seconds since 1970. To be called before the process starts.
  func set(_ moment: Int) throws {
    try write(Int64(moment) - Int64(Date().timeIntervalSince1970))
  }

  /// In seconds since 1970, for the process.
  var now: Int {
    let offset = (try? Data(contentsOf: file))?.withUnsafeBytes { $0.loadUnaligned(as: Int64.self) } ?? 0
    return Int(Date().timeIntervalSince1970) + Int(offset)
  }

  private func write(_ offset: Int64) throws {
    try withUnsafeBytes(of: offset) { try Data($0).write(to: file) }
  }
}
