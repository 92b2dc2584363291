import Crypto
import Glibc
import PoseCore
import Synchronization

/// The bytes of one input, once and in order.
protocol InputBytes: Sendable {
  /// Of all of it, if known before its end.
  var length: Int? { get }
  /// As ``InputDigest/mark``, before anything is read.
  var mark: String? { get }
  /// The next bytes; empty at the end. Throws `fileSystem`, or `CancellationError`.
  func next() async throws -> [UInt8]
  /// What has been read; call it at the end.
  ///
  /// Throws `fileSystem` if a file has changed in the meantime: nobody could say what was processed.
  func digest() async throws -> InputDigest
}

/// An input as it was read.
struct InputDigest: Sendable, Equatable {
  var bytes: Int
  /// SHA-256.
  var sha256: String
  /// Changes if a file is written or replaced; nil if that can't be detected by it.
  var mark: String?
}

/// A file that is read from start to end.
final class InputFile: InputBytes {
  private struct State {
    var digest = SHA256()
    var count = 0
  }

  private let path: FilePath
  private let descriptor: Int32
  private let status: stat
  private let files: BlockingPool
  private let state = Mutex(State())

  /// Throws ``FileReader/Failure``. Blocks.
  init(_ path: FilePath, files: BlockingPool) throws {
    // a named pipe without a writer would block an ordinary open for ever
    let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else {
      throw errno == ENOENT || errno == ENOTDIR ? FileReader.Failure.missing : .system(errno)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileReader.Failure.notAFile
    }
    self.path = path
    self.descriptor = descriptor
    self.status = status
    self.files = files
  }

  deinit { close(descriptor) }

  var length: Int? { Int(status.st_size) }

  func next() async throws -> [UInt8] {
    try await files.run { [self] in try piece() }
  }

  private func piece() throws -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.pieceLength) { bytes, count in
      var got = -1
      repeat { got = read(descriptor, bytes.baseAddress, bytes.count) } while got < 0 && errno == EINTR
      if got < 0 { failure = errno }
      count = max(got, 0)
    }
    guard failure == 0 else {
      throw PoseVaultError(
        .fileSystem, "The file cannot be read: \(FileReader.Failure.system(failure).reason).")
    }
    state.withLock { state in
      state.digest.update(data: bytes)
      state.count += bytes.count
    }
    return bytes
  }

  func digest() async throws -> InputDigest {
    try await files.run { [self] in
      var now = stat()
      let (digest, count) = state.withLock { ($0.digest, $0.count) }
      guard fstat(descriptor, &now) == 0, count == Int(now.st_size), Self.mark(now) == Self.mark(status) else {
        throw PoseVaultError(.fileSystem, "The file changed while it was read.")
      }
      return InputDigest(
        bytes: count, sha256: Hexadecimal.text(digest.finalize()), mark: Self.hasRested(now) ? Self.mark(now) : nil)
    }
  }

  var mark: String? { Self.hasRested(status) ? Self.mark(status) : nil }

  /// The inode's change time can't be set by hand, unlike the modification time.
  private static func mark(_ status: stat) -> String {
    let times = [status.st_mtim, status.st_ctim].map { "\($0.tv_sec).\($0.tv_nsec)" }
    return ([String(status.st_ino), String(status.st_size)] + times).joined(separator: "-")
  }

  /// Whether a further change would have a different time, since systems count in steps of some milliseconds, and other
  /// machines use their own clocks.
  private static func hasRested(_ status: stat) -> Bool {
    let now = time(nil)
    return (2...).contains(now - status.st_ctim.tv_sec)
  }

  private static let pieceLength = 1024 * 1024
}

/// Standard input, whose beginning has already been read.
final class StandardInputBytes: InputBytes {
  private struct State {
    /// nil once it has been passed on.
    var beginning: [UInt8]?
    var digest = SHA256()
    var count = 0
  }

  private let state: Mutex<State>
  private let files: BlockingPool
  let length: Int? = nil
  let mark: String? = nil

  init(_ beginning: [UInt8], files: BlockingPool) {
    state = Mutex(State(beginning: beginning))
    self.files = files
  }

  func next() async throws -> [UInt8] {
    // short waits, so that a cancelled task isn't held up by a writer that never comes back
    while try await !files.run({ [self] in isReady }) { try Task.checkCancellation() }
    do {
      return try await files.run { [self] in try piece() }
    } catch Descriptor.Failure.system(let number) {
      throw PoseVaultError(.fileSystem, "Standard input cannot be read: \(FileReader.Failure.system(number).reason).")
    }
  }

  private var isReady: Bool {
    state.withLock { $0.beginning != nil } || Descriptor.isReadable(STDIN_FILENO, within: 200)
  }

  private func piece() throws -> [UInt8] {
    let beginning = state.withLock { state in
      defer { state.beginning = nil }
      return state.beginning
    }
    let bytes = try beginning ?? Descriptor.read(STDIN_FILENO)
    state.withLock { state in
      state.digest.update(data: bytes)
      state.count += bytes.count
    }
    return bytes
  }

  func digest() async throws -> InputDigest {
    let (digest, count) = state.withLock { ($0.digest, $0.count) }
    return InputDigest(bytes: count, sha256: Hexadecimal.text(digest.finalize()), mark: nil)
  }
}
