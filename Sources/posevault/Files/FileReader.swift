import Foundation
import Glibc
import NIOCore
import PoseCore

/// Reads whole files whose size is checked before anything is read. Blocks: only for threads that may.
enum FileReader {
  enum Failure: Error, Hashable {
    case missing, notAFile
    case tooLarge(bytes: Int)
    case system(Int32)

    /// Without a capital and a full stop, for use within a sentence.
    var reason: String {
      switch self {
      case .missing: "it doesn't exist"
      case .notAFile: "it is not a file"
      case .tooLarge(let bytes): "it has \(bytes) bytes, more than allowed"
      case .system(let number): String(cString: strerror(number)).lowercased()
      }
    }
  }

  static func read(_ path: FilePath, limit: Int) throws -> [UInt8] {
    try read(path, limit: limit) { descriptor, size in
      try [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
        count = try fill(UnsafeMutableRawBufferPointer(bytes), from: descriptor)
      }
    }
  }

  static func readBuffer(_ path: FilePath, limit: Int) throws -> ByteBuffer {
    try read(path, limit: limit) { descriptor, size in
      var buffer = ByteBufferAllocator().buffer(capacity: size)
      try buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { bytes in
        try fill(UnsafeMutableRawBufferPointer(rebasing: bytes[..<size]), from: descriptor)
      }
      return buffer
    }
  }

  /// The first bytes, at most this many; none if there is no readable file.
  static func beginning(of path: FilePath, _ length: Int) -> [UInt8] {
    let bytes = try? read(path, limit: .max) { descriptor, size in
      try [UInt8](unsafeUninitializedCapacity: min(size, length)) { bytes, count in
        count = try fill(UnsafeMutableRawBufferPointer(bytes), from: descriptor)
      }
    }
    return bytes ?? []
  }

  /// Whether every user of this machine can read the file.
  static func isReadableByOthers(_ path: FilePath) -> Bool {
    var status = stat()
    return path.withCString { stat($0, &status) } == 0 && status.st_mode & S_IROTH != 0
  }

  private static func read<Value>(
    _ path: FilePath, limit: Int, _ body: (_ descriptor: Int32, _ size: Int) throws -> Value
  ) throws -> Value {
    // a named pipe without a writer would block an ordinary open for ever
    let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard descriptor >= 0 else { throw errno == ENOENT || errno == ENOTDIR ? Failure.missing : .system(errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Failure.system(errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw Failure.notAFile }
    guard status.st_size <= limit else { throw Failure.tooLarge(bytes: Int(status.st_size)) }
    return try body(descriptor, Int(status.st_size))
  }

  /// Reads until `bytes` is full or the file ends, and returns the number of bytes.
  private static func fill(_ bytes: UnsafeMutableRawBufferPointer, from descriptor: Int32) throws -> Int {
    var count = 0
    while count < bytes.count {
      let got = Foundation.read(descriptor, bytes.baseAddress?.advanced(by: count), bytes.count - count)
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw Failure.system(errno) }
      if got == 0 { break }
      count += got
    }
    return count
  }
}
