import Foundation
import Glibc

/// Lines for a person.
enum StandardError {
  static func write(_ line: String) {
    writeRaw(Terminal.safe(line) + "\n")
  }

  /// `text` without a line break; a closed standard error is no reason to stop.
  static func writeRaw(_ text: String) {
    try? Descriptor.write(Array(text.utf8), to: STDERR_FILENO)
  }

  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }
}

/// Lines for a program.
enum StandardOutput {
  static func write(_ line: String) throws {
    let line = isatty(STDOUT_FILENO) == 1 ? Terminal.safe(line) : line
    try Descriptor.write(Array((line + "\n").utf8), to: STDOUT_FILENO)
  }
}

/// Answers from a person.
enum StandardInput {
  /// Whether the next line is a yes.
  ///
  /// Throws `CancellationError` as soon as the task is cancelled.
  static func confirms(_ question: String) async throws -> Bool {
    StandardError.writeRaw(question + " [y/N] ")
    let (lines, continuation) = AsyncStream.makeStream(of: String.self)
    // nothing ends a read from a terminal but a line, so the thread is left alone where nobody waits for it any more
    Thread.detachNewThread { continuation.yield(readLine() ?? "") }
    let line = await lines.first { _ in true }
    try Task.checkCancellation()
    return ["y", "yes"].contains(line?.lowercased())
  }
}

/// Calls on open file descriptors. They block.
enum Descriptor {
  enum Failure: Error, Equatable {
    /// The reader at the other end is gone.
    case brokenPipe
    case system(Int32)
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
    try bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count >= 0 {
          rest = rest.dropFirst(count)
        } else if errno != EINTR {
          throw errno == EPIPE ? Failure.brokenPipe : Failure.system(errno)
        }
      }
    }
  }

  static let output = STDOUT_FILENO

  /// Waits at most `milliseconds` until a short line can be written without waiting, or can't be written at all.
  static func isWritable(_ descriptor: Int32, within milliseconds: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    return poll(&request, 1, milliseconds) > 0
  }

  /// Waits at most `milliseconds` until there is something to read, or the end.
  static func isReadable(_ descriptor: Int32, within milliseconds: Int32) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, milliseconds) > 0
  }

  /// Whatever there is to read; empty at the end.
  static func read(_ descriptor: Int32) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: 65_536) { bytes, count in
      var got = -1
      repeat { got = Foundation.read(descriptor, bytes.baseAddress, bytes.count) } while got < 0 && errno == EINTR
      guard got >= 0 else { throw Failure.system(errno) }
      count = got
    }
  }
}
