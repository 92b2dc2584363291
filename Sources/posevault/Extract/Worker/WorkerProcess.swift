import Foundation
import Glibc
import PoseCore

/// Another instance of this program, as the process for a worker's pictures. Used by one thread.
final class WorkerProcess {
  /// How it ended.
  enum Ending: Equatable {
    case exited(Int32)
    case signalled(Int32)

    /// For the middle of a sentence.
    var text: String {
      switch self {
      case .exited(let status): "exit status \(status)"
      case .signalled(let signal): "signal \(signal)"
      }
    }
  }

  private let process: pid_t
  /// Its standard input and output.
  let input: Int32
  let output: Int32
  private var ending: Ending?

  /// - Parameter arguments: after the program's name.
  ///
  /// Throws `fileSystem` if it can't be started.
  init(arguments: [String]) throws {
    let input = try Self.pair()
    let output: (here: Int32, there: Int32)
    do {
      output = try Self.pair()
    } catch {
      close(input.here)
      close(input.there)
      throw error
    }
    defer {
      close(input.there)
      close(output.there)
    }
    do {
      process = try Self.spawn(arguments, input: input.there, output: output.there)
    } catch {
      close(input.here)
      close(output.here)
      throw error
    }
    self.input = input.here
    self.output = output.here
  }

  deinit {
    end()
    close(input)
    close(output)
  }

  /// Ends it, unless it has already ended.
  @discardableResult
  func end() -> Ending {
    if let ending { return ending }
    kill(process, SIGKILL)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    let ending: Ending = signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    self.ending = ending
    return ending
  }

  /// Sends as much as it accepts at once, and returns how much that was. It may be gone: then its output has ended,
  /// too.
  func send(_ bytes: ArraySlice<UInt8>) -> Int {
    let count = bytes.withUnsafeBytes {
      Glibc.send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }
    return max(count, 0)
  }

  /// Whatever it has written; empty at the end. Call it when there is something.
  func read() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 65_536) { bytes, count in
      var got = -1
      repeat { got = Glibc.read(output, bytes.baseAddress, bytes.count) } while got < 0 && errno == EINTR
      count = max(got, 0)
    }
  }

  /// Two connected sockets; programs started in the meantime don't inherit them.
  private static func pair() throws -> (here: Int32, there: Int32) {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw failure(errno) }
    return (ends[0], ends[1])
  }

  private static func spawn(_ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
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
    // signals that this process ignores or blocks have to reach it
    var all = sigset_t()
    var none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = (["posevault"] + arguments).map { strdup($0) }
    // one that crashes is to end, rather than to look for the names of its functions for a minute
    let settings = ["SWIFT_BACKTRACE": "enable=no"].merging(ProcessInfo.processInfo.environment) { $1 }
    var environment: [UnsafeMutablePointer<CChar>?] = settings.map { strdup("\($0.key)=\($0.value)") }
    defer { (words + environment).forEach { free($0) } }
    words.append(nil)
    environment.append(nil)
    var process = pid_t()
    // the program that runs, whatever lies at its path by now
    let error = posix_spawn(&process, "/proc/self/exe", &actions, &attributes, &words, &environment)
    guard error == 0 else { throw failure(error) }
    return process
  }

  private static func failure(_ number: Int32) -> PoseVaultError {
    PoseVaultError(.fileSystem, "The worker's process can't be started: \(String(cString: strerror(number))).")
  }
}
