import Glibc
import PoseCore

/// One run of the helper program, from start to end. Lives within one call, on a thread that may block.
final class HelperProcess: ByteSource {
  enum Ending: Equatable {
    case exited(CInt)
    case signalled(CInt)
    case unknown
  }

  private let process: pid_t
  private let output: Descriptor
  private let deadline: ContinuousClock.Instant
  private let stop: StopFlag
  private var hasEnded = false

  /// Starts `program` with `input` as its descriptor 0. It gets no environment, which may contain keys, and closes any
  /// other descriptors it has.
  ///
  /// - Parameter limit: the time after which it is killed.
  ///
  /// Throws ``PoseVaultError`` with `fileSystem` if it can't be started.
  init(program: String, arguments: [String], input: CInt, limit: Duration, stop: StopFlag) throws {
    deadline = .now + limit
    self.stop = stop
    let ends = try Descriptor.pair()
    output = ends.here
    process = try Self.spawn(program: program, arguments: arguments, input: input, output: ends.there.number)
  }

  /// The same, with `bytes` as its input. Throws `TimeIsOver` and `CancellationError` as well.
  convenience init(
    program: String, arguments: [String], bytes: UnsafeRawBufferPointer, limit: Duration, stop: StopFlag
  ) throws {
    let ends = try Descriptor.pair()
    try self.init(program: program, arguments: arguments, input: ends.there.number, limit: limit, stop: stop)
    ends.there.close()
    try feed(bytes, to: ends.here.number)
  }

  deinit {
    if !hasEnded { end(kill: true) }
  }

  private static func spawn(program: String, arguments: [String], input: CInt, output: CInt) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    // signals that the server ignores or blocks have to reach it
    var all = sigset_t()
    var none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    defer { words.forEach { free($0) } }
    words.append(nil)
    var environment: [UnsafeMutablePointer<CChar>?] = [nil]
    var process = pid_t()
    let error = posix_spawn(&process, program, &actions, &attributes, &words, &environment)
    guard error == 0 else { throw Descriptor.failure("start posevault-decode", error) }
    return process
  }

  /// Waits, within the limit, until `descriptor` is ready for `event`.
  private func wait(for event: Int32, on descriptor: CInt) throws {
    while true {
      try stop.check()
      guard ContinuousClock.now < deadline else { throw TimeIsOver() }
      var watched = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      // milliseconds that somebody who gave up has to wait
      if poll(&watched, 1, 100) > 0 { return }
    }
  }

  private func feed(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) throws {
    var sent = 0
    while sent < bytes.count {
      try wait(for: POLLOUT, on: descriptor)
      let count = send(
        descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent,
        Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
      if count < 0 && [EINTR, EAGAIN].contains(errno) { continue }
      // it reads no more, and its records say why
      guard count > 0 else { return }
      sent += count
    }
  }

  /// Fills all of `buffer`. Throws ``RecordsCutOff`` at the end of the records, `TimeIsOver`, or `CancellationError`
  /// soon after the flag is raised.
  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws {
    var filled = 0
    while filled < buffer.count {
      try wait(for: POLLIN, on: output.number)
      let count = read(output.number, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw RecordsCutOff() }
      filled += count
    }
  }

  /// Up to `most` bytes, until it writes no more.
  func text(most: Int) throws -> [UInt8] {
    var text: [UInt8] = []
    do {
      while text.count < most {
        var byte: UInt8 = 0
        try withUnsafeMutableBytes(of: &byte) { try fill($0) }
        text.append(byte)
      }
    } catch is RecordsCutOff {}
    return text
  }

  /// Waits for it to end, within the limit; use `kill` if it is no longer needed.
  @discardableResult
  func end(kill isKilled: Bool) -> Ending {
    hasEnded = true
    output.close()
    if isKilled { kill(process, SIGKILL) }
    var status: CInt = 0
    while true {
      let ended = waitpid(process, &status, isKilled ? 0 : WNOHANG)
      if ended == process { break }
      if ended < 0 && errno != EINTR { return .unknown }
      guard !isKilled else { continue }
      // one that has closed its end of the pipe, and hangs
      if ContinuousClock.now >= deadline || stop.isRaised { kill(process, SIGKILL) }
      usleep(1000)
    }
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
  }
}

/// A descriptor that is closed exactly once, at the latest with the last reference.
private final class Descriptor {
  let number: CInt
  private var isOpen = true

  private init(_ number: CInt) { self.number = number }

  deinit { close() }

  func close() {
    if isOpen { Glibc.close(number) }
    isOpen = false
  }

  /// Two connected sockets, since writing to a pipe that nobody reads raises a signal. Programs started in the meantime
  /// don't inherit them.
  static func pair() throws -> (here: Descriptor, there: Descriptor) {
    var ends: [CInt] = [-1, -1]
    let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw failure("make a socket", errno) }
    return (Descriptor(ends[0]), Descriptor(ends[1]))
  }

  static func failure(_ what: String, _ code: CInt) -> PoseVaultError {
    PoseVaultError(.fileSystem, "Can't \(what): \(String(cString: strerror(code))).")
  }
}

/// The helper took longer than it may.
struct TimeIsOver: Error {}
