import CLibArchive
import Crypto
import Glibc
import PoseCore

/// Writes a pack: a tar file whose members are named by their SHA-256.
///
/// All calls block. After an error the file is of no use.
// Guarded by: its one user makes one call after another.
final class PackWriter: @unchecked Sendable {
  private let archive: OpaquePointer
  private let sink: Sink
  private var rest = 0
  /// How many bytes the members take so far, with their headers.
  private(set) var length = 0

  /// Where a member's first byte is.
  typealias Offset = Int

  init(_ partial: PartialFile) throws {
    guard let archive = archive_write_new() else {
      throw PoseVaultError(.internal, "There is no memory for writing a pack.")
    }
    self.archive = archive
    sink = Sink(partial)
    let what = "write a pack"
    try LibArchive.check(archive_write_set_format_ustar(archive), archive, what)
    try LibArchive.check(archive_write_set_bytes_per_block(archive, 256 * 1024), archive, what)
    try LibArchive.check(archive_write_set_bytes_in_last_block(archive, 1), archive, what)
    let client = Unmanaged.passUnretained(sink).toOpaque()
    let result = archive_write_open(
      archive, client, nil,
      { _, client, bytes, count in
        guard let client, let bytes else { return -1 }
        let sink = Unmanaged<Sink>.fromOpaque(client).takeUnretainedValue()
        return sink.write(UnsafeRawBufferPointer(start: bytes, count: count)) ? count : -1
      }, nil)
    try check(result)
  }

  deinit {
    archive_write_free(archive)
  }

  /// - Parameter size: how many bytes will be written.
  func begin(_ sha256: ContentDigest, size: Int) throws -> Offset {
    let header = archive_entry_new()
    defer { archive_entry_free(header) }
    archive_entry_set_pathname(header, sha256.text)
    archive_entry_set_filetype(header, posevault_regular_file())
    archive_entry_set_perm(header, 0o600)
    // nothing of the time or the machine: the same pictures are the same pack
    archive_entry_set_mtime(header, 0, 0)
    archive_entry_set_size(header, Int64(size))
    try check(archive_write_header(archive, header))
    let offset = length + Self.block
    length = offset + (size + Self.block - 1) / Self.block * Self.block
    rest = size
    return offset
  }

  func write(_ bytes: [UInt8]) throws {
    guard bytes.count <= rest else { throw PoseVaultError(.internal, "A picture is longer than announced.") }
    let count = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
    guard count == bytes.count else { return try check(count < 0 ? Int32(count) : ARCHIVE_FATAL) }
    rest -= bytes.count
  }

  func end() throws {
    guard rest == 0 else { throw PoseVaultError(.internal, "A picture is shorter than announced.") }
    try check(archive_write_finish_entry(archive))
  }

  /// Writes what ends a tar file; what the file then is. It is not durable yet.
  func close() throws -> (sha256: ContentDigest, size: Int) {
    try check(archive_write_close(archive))
    return (ContentDigest(bytes: sink.sha256.finalize()), sink.length)
  }

  private func check(_ result: Int32) throws {
    guard result != ARCHIVE_OK else { return }
    if let failure = sink.failure { throw failure }
    try LibArchive.check(result, archive, "write a pack")
  }

  /// Where libarchive's bytes go to.
  private final class Sink {
    private let partial: PartialFile
    var sha256 = SHA256()
    var length = 0
    var failure: (any Error)?

    init(_ partial: PartialFile) {
      self.partial = partial
    }

    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
      do {
        try Array(bytes).writeAll(to: partial.descriptor, partial.path)
        sha256.update(bufferPointer: bytes)
        length += bytes.count
        return true
      } catch {
        failure = error
        return false
      }
    }
  }

  /// A tar file consists of such.
  static let block = 512
}
