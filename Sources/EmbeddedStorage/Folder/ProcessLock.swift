import Glibc
import PoseCore

/// A lock between processes, on a file in the data folder; held until it is released or the process ends.
final class ProcessLock: Sendable {
  enum Mode { case shared, alone }

  private let descriptor: Int32

  private init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// nil if another process holds it in a mode that conflicts with `mode`, unless it `waits`. Blocks.
  ///
  /// An exclusive holder writes its process id into the file.
  static func take(_ path: String, _ mode: Mode, waits: Bool = false) throws -> ProcessLock? {
    let descriptor = try SystemCall.check("open \(path)") { SystemCall.open(path, O_RDWR | O_CREAT) }
    let lock = ProcessLock(descriptor: descriptor)
    let operation = (mode == .alone ? LOCK_EX : LOCK_SH) | (waits ? 0 : LOCK_NB)
    while flock(descriptor, operation) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return nil
      case let error: throw SystemCall.failure("lock \(path)", error)
      }
    }
    if mode == .alone {
      let text = "\(getpid())\n"
      try SystemCall.check("write \(path)") { ftruncate(descriptor, 0) }
      try SystemCall.check("write \(path)") { pwrite(descriptor, text, text.utf8.count, 0) }
    }
    return lock
  }

  /// "process 123", as written by the holder into the file.
  static func holder(_ path: String) -> String {
    let descriptor = SystemCall.open(path, O_RDONLY)
    defer { if descriptor >= 0 { close(descriptor) } }
    var text = [UInt8](repeating: 0, count: 20)
    let count = read(descriptor, &text, text.count)
    let digits = text.prefix(max(count, 0)).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return digits.isEmpty ? "another process" : "process \(String(decoding: digits, as: UTF8.self))"
  }
}
