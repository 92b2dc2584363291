import Foundation
import Glibc
import Synchronization

/// A server's process and its folder, which both end with this object, or with the test process, however that ends.
final class Daemon: Sendable {
  let folder: String
  private let running = Mutex<Running?>(nil)

  private struct Running {
    let process: Process
    /// Its end makes the watchdog end the server.
    let lifeline: FileHandle
  }

  /// Becomes the server, after leaving a watchdog behind. That one waits for the end of standard input, a pipe whose
  /// other end only the test process has, and then kills the server, which may be stopped by SIGSTOP, and removes its
  /// folder. A server that ended earlier is not its parent any more. Of open files the watchdog keeps none but the pipe:
  /// `Process` takes a server for running as long as anyone holds a certain socket that it hands down.
  private static let launcher = """
    folder=$1; shift
    exec 3<&0 </dev/null
    (
      trap '' HUP INT TERM
      for file in /proc/self/fd/*; do
        number=${file##*/}
        ((number <= 3)) || eval "exec $number>&-"
      done
      read -r _ <&3
      read -r _ _ _ parent _ </proc/self/stat
      [ "$parent" = "$$" ] || exit
      kill -9 "$$"
      sleep 1
      rm -rf "$folder"
    ) &
    exec 3<&-
    exec "$@"
    """

  /// - Parameter folder: a folder of this server alone.
  init(folder: String) {
    self.folder = folder
  }

  deinit {
    if !isRunning { try? FileManager.default.removeItem(atPath: folder) }
    try? take()?.lifeline.close()
  }

  /// What the server wrote since its last start.
  var log: String {
    // a line may just be half written
    String(decoding: FileManager.default.contents(atPath: folder + "/log") ?? Data(), as: UTF8.self)
  }

  /// Starts the server, and waits until its log holds `readiness`.
  func launch(_ command: [String], untilLogHas readiness: String) async throws {
    let log = folder + "/log"
    try Data().write(to: URL(filePath: log))
    let output = try FileHandle(forWritingTo: URL(filePath: log))
    let lifeline = Pipe()
    // no other process that is started may hold it
    _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", Self.launcher, "launcher", folder] + command
    process.currentDirectoryURL = URL(filePath: folder)
    process.standardInput = lifeline
    process.standardOutput = output
    process.standardError = output
    try process.start()
    running.withLock { $0 = Running(process: process, lifeline: lifeline.fileHandleForWriting) }
    try await wait(untilLogHas: readiness)
  }

  /// Waits for a minute at most.
  func wait(untilLogHas text: String) async throws {
    for _ in 0..<3000 where isRunning {
      if log.contains(text) { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    throw TestServerFailure(description: "The server's log never said '\(text)':\n\(log.suffix(4000))")
  }

  var isRunning: Bool { running.withLock { $0?.process.isRunning ?? false } }

  func send(_ signal: Int32) {
    running.withLock { if let process = $0?.process, process.isRunning { kill(process.processIdentifier, signal) } }
  }

  /// Stops all threads of the server; each goes on until the system has stopped it, which is waited for.
  func pause() {
    send(SIGSTOP)
    guard let pid = running.withLock({ $0?.process.processIdentifier }) else { return }
    for _ in 0..<5000 where !Self.isStopped(pid) { usleep(1000) }
  }

  private static func isStopped(_ pid: Int32) -> Bool {
    let tasks = "/proc/\(pid)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
    return threads.allSatisfy { thread in
      let status = (try? String(contentsOfFile: "\(tasks)/\(thread)/stat", encoding: .utf8)) ?? ""
      return status.split(separator: ")").last?.hasPrefix(" T") ?? true
    }
  }

  /// Sends `signal` and waits until the server has ended, for a minute at most.
  func end(_ signal: Int32) async throws {
    send(signal)
    for _ in 0..<12_000 where isRunning { try await Task.sleep(for: .milliseconds(5)) }
    guard !isRunning else {
      throw TestServerFailure(description: "The server did not end on signal \(signal):\n\(log.suffix(4000))")
    }
    try take()?.lifeline.close()
  }

  private func take() -> Running? {
    running.withLock { running in
      defer { running = nil }
      return running
    }
  }
}
