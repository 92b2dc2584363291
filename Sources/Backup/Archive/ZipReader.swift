import CLibArchive
import Glibc
import PoseCore

/// Reads a ZIP file entry by entry.
///
/// All calls block. They throw ``ArchiveDamage`` for what the file must not be, and ``PoseVaultError`` where the file
/// can't be read or its passphrase isn't known.
// Guarded by: its one user makes one call after another.
final class ZipReader: @unchecked Sendable {
  private let archive: OpaquePointer
  private let descriptor: Int32
  private let passphrase: String?
  /// What is read where that is not a file.
  private let memory: UnsafeMutableRawPointer?
  private var current = "the archive"
  /// Of the whole file, in bytes.
  let length: Int

  /// - Parameters:
  ///   - blockLength: how much is read from the file at once.
  ///   - place: where in the file the one entry begins that is to be read, without looking for a directory; nil for all
  ///     that the directory names.
  init(path: String, passphrase: String?, blockLength: Int = 256 * 1024, startingAt place: Int? = nil) throws {
    guard let archive = archive_read_new() else {
      throw PoseVaultError(.internal, "There is no memory for reading an archive.")
    }
    self.archive = archive
    self.passphrase = passphrase
    memory = nil
    do {
      descriptor = try FileFailure.openFile(path)
    } catch {
      archive_read_free(archive)
      throw error
    }
    length = FileStatus(descriptor)?.size ?? 0
    // the file must be read, not what the system remembers of it
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    if let place {
      try FileFailure.check("read \(path)") { lseek(descriptor, off_t(place), SEEK_SET) }
      try check(archive_read_support_format_zip_streamable(archive))
    } else {
      try check(archive_read_support_format_zip_seekable(archive))
    }
    if let passphrase { try check(archive_read_add_passphrase(archive, passphrase)) }
    try check(archive_read_open_fd(archive, descriptor, blockLength))
  }

  /// Reads the entry that `bytes` begin with, without looking for a directory.
  init(bytes: [UInt8], passphrase: String?) throws {
    guard let archive = archive_read_new() else {
      throw PoseVaultError(.internal, "There is no memory for reading an archive.")
    }
    self.archive = archive
    self.passphrase = passphrase
    descriptor = -1
    length = bytes.count
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 1)
    memory.copyMemory(from: bytes, byteCount: bytes.count)
    self.memory = memory
    try check(archive_read_support_format_zip_streamable(archive))
    if let passphrase { try check(archive_read_add_passphrase(archive, passphrase)) }
    try check(archive_read_open_memory(archive, memory, bytes.count))
  }

  deinit {
    archive_read_free(archive)
    if descriptor >= 0 { close(descriptor) }
    memory?.deallocate()
  }

  /// Goes to the next entry; nil at the end.
  ///
  /// An entry that is not a file, or has another name than ``EntryName`` knows, is damage.
  func next() throws -> (name: EntryName, size: Int?)? {
    var header: OpaquePointer?
    current = "the archive"
    let result = archive_read_next_header(archive, &header)
    if result == ARCHIVE_EOF { return nil }
    try check(result)
    let text = archive_entry_pathname(header).map { EscapedText.text(cString: $0) } ?? ""
    guard let name = EntryName(text) else {
      throw ArchiveDamage("the archive", "holds \"\(text.prefix(100))\", which is not part of a PoseVault backup")
    }
    current = name.text
    guard archive_entry_filetype(header) == posevault_regular_file(), archive_entry_symlink(header) == nil,
      archive_entry_hardlink(header) == nil
    else { throw ArchiveDamage(current, "is not a file") }
    if archive_entry_is_encrypted(header) != 0, passphrase == nil {
      throw PoseVaultError(.configuration, "The archive is encrypted: set BACKUP_PASSPHRASE.")
    }
    return (name, archive_entry_size_is_set(header) != 0 ? Int(archive_entry_size(header)) : nil)
  }

  /// The next bytes of the entry; empty at its end, where its checksum was right.
  func read() throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: Self.pieceLength) { buffer, count in
      let result = archive_read_data(archive, buffer.baseAddress, Self.pieceLength)
      if result < 0 { try check(Int32(result)) }
      count = result
    }
  }

  /// The same, as far as it was unpacked at once: what comes before damage is not lost with it.
  func readBlock() throws -> [UInt8] {
    while true {
      var block: UnsafeRawPointer?
      var count = 0
      var offset = la_int64_t(0)
      let result = archive_read_data_block(archive, &block, &count, &offset)
      if result == ARCHIVE_EOF { return [] }
      try check(result)
      if count > 0 { return Array(UnsafeRawBufferPointer(start: block, count: count)) }
    }
  }

  private func check(_ result: Int32) throws {
    guard result != ARCHIVE_OK else { return }
    let message = LibArchive.message(archive)
    if message.contains("ncorrect passphrase") {
      throw PoseVaultError(
        .configuration, "The archive can't be read: BACKUP_PASSPHRASE is not the one it was encrypted with.")
    }
    let error = archive_errno(archive)
    if LibArchive.isSystem(error) { throw FileFailure.error("read the archive", error) }
    throw ArchiveDamage(current, "can't be read: \(message)")
  }

  private static let pieceLength = 256 * 1024
}
