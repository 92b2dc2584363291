import Glibc
import PoseCore

/// Operating system calls on files, checked in one place. All of them block.
enum FileFailure {
  /// Repeats `call` while signals interrupt it; if it returns -1, throws `fileSystem` saying that `what` failed.
  @discardableResult
  static func check<Result: SignedInteger>(_ what: @autoclosure () -> String, _ call: () -> Result) throws -> Result {
    while true {
      let result = call()
      if result != -1 { return result }
      if errno != EINTR { throw error(what(), errno) }
    }
  }

  /// Opens a file for reading. Anything else, such as a pipe, a device or a folder, is refused at once.
  static func openFile(_ path: String) throws -> Int32 {
    // without O_NONBLOCK a pipe that nobody writes to would be waited for
    let descriptor = try check("read \(path)") { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
    guard FileStatus(descriptor)?.isFile == true else {
      close(descriptor)
      throw PoseVaultError(.fileSystem, "\(path) is not a file.")
    }
    return descriptor
  }

  static func error(_ what: String, _ number: Int32) -> PoseVaultError {
    let reason =
      switch number {
      case ENOSPC: "the disk is full"
      case EDQUOT: "the disk quota is used up"
      default: String(cString: strerror(number)).lowercased()
      }
    return PoseVaultError(.fileSystem, "Could not \(what): \(reason).")
  }
}

extension Collection<UInt8> {
  /// Writes all bytes at the file's current position. Blocks.
  ///
  /// - Parameter path: for the error message.
  func writeAll(to descriptor: Int32, _ path: @autoclosure () -> String) throws {
    let done: Void? = try withContiguousStorageIfAvailable { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        rest = rest.dropFirst(
          try FileFailure.check("write to \(path())") { write(descriptor, part.baseAddress, part.count) })
      }
    }
    if done == nil { try Array(self).writeAll(to: descriptor, path()) }
  }
}
