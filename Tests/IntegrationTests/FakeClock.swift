import Foundation
import Synchronization
import TestServers

/// A clock that a test holds in its hands, for real processes: it sets the wall clock, and lets time pass.
///
/// The library is that of the Python tests.
final class FakeClock: Sendable {
  /// For the process whose clock it is.
  let environment: [String: String]
  private let file: URL
  /// In seconds: how far ahead the wall clock is set, and how much time has passed by every clock.
  private let held = Mutex((ahead: Int64(0), passed: Int64(0)))

  private init(environment: [String: String], file: URL) {
    self.environment = environment
    self.file = file
  }

  static func make(in folder: String) async throws -> FakeClock {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Python/fake_clock.c")
    let library = folder + "/fake_clock.so"
    _ = try await Command.run(
      ["clang", "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, source.standardizedFileURL.path])
    let clock = FakeClock(
      environment: ["LD_PRELOAD": library, "FAKE_CLOCK": folder + "/clock"], file: URL(filePath: folder + "/clock"))
    try Data(count: 16).write(to: clock.file)
    return clock
  }

  /// Sets the wall clock; who waits for some seconds goes on waiting for as many.
  ///
  /// - Parameter moment: in seconds since 1970.
  func set(_ moment: Int) throws {
    try change { $0.ahead = Int64(moment) - Int64(Date().timeIntervalSince1970) - $0.passed }
  }

  /// Lets seconds pass by every clock: who waits for less than that is woken.
  func goOn(_ seconds: Int) throws {
    try change { $0.passed += Int64(seconds) }
  }

  /// In seconds since 1970, for the process.
  var now: Int {
    Int(Date().timeIntervalSince1970) + held.withLock { Int($0.ahead + $0.passed) }
  }

  /// In place: the processes have it in their memory.
  private func change(_ body: (inout (ahead: Int64, passed: Int64)) -> Void) throws {
    try held.withLock { held in
      body(&held)
      let handle = try FileHandle(forWritingTo: file)
      defer { try? handle.close() }
      try handle.write(contentsOf: withUnsafeBytes(of: (held.ahead, held.passed)) { Data($0) })
    }
  }
}
