import CLibArchive
import Glibc
import PoseCore

/// Writes a ZIP file entry by entry: ZIP64 where needed, AES-256 with a passphrase.
///
/// All calls block. After an error the file is of no use.
// Guarded by: its one user makes one call after another.
final class ZipWriter: @unchecked Sendable {
  private let archive: OpaquePointer
  private var entry: (name: String, announced: Int?, written: Int)?

  /// - Parameter descriptor: a file that is empty; it stays open.
  init(descriptor: Int32, passphrase: String?) throws {
    guard let archive = archive_write_new() else {
      throw PoseVaultError(.internal, "There is no memory for writing an archive.")
    }
    self.archive = archive
    let what = "write the archive"
    try LibArchive.check(archive_write_set_format_zip(archive), archive, what)
    try LibArchive.check(archive_write_set_bytes_per_block(archive, 256 * 1024), archive, what)
    if let passphrase {
      try LibArchive.check(archive_write_set_options(archive, "zip:encryption=aes256"), archive, what)
      try LibArchive.check(archive_write_set_passphrase(archive, passphrase), archive, what)
    }
    try LibArchive.check(archive_write_open_fd(archive, descriptor), archive, what)
  }

  deinit {
    archive_write_free(archive)
  }

  /// - Parameters:
  ///   - size: how many bytes will be written; nil where that isn't known.
  ///   - seconds: since 1970; the nearest that a ZIP file can hold is taken.
  func begin(_ name: EntryName, size: Int?, modifiedAt seconds: Int64) throws {
    let header = archive_entry_new()
    defer { archive_entry_free(header) }
    archive_entry_set_pathname(header, name.text)
    archive_entry_set_filetype(header, posevault_regular_file())
    archive_entry_set_perm(header, 0o600)
    archive_entry_set_mtime(header, time_t(min(max(seconds, Self.times.lowerBound), Self.times.upperBound)), 0)
    if let size { archive_entry_set_size(header, Int64(size)) }
    let method =
      name.isDeflated
      ? archive_write_zip_set_compression_deflate(archive) : archive_write_zip_set_compression_store(archive)
    try LibArchive.check(method, archive, "write \(name.text)")
    try LibArchive.check(archive_write_header(archive, header), archive, "write \(name.text)")
    entry = (name.text, size, 0)
  }

  func write(_ bytes: [UInt8]) throws {
    guard let name = entry?.name else { throw PoseVaultError(.internal, "There is no entry to write to.") }
    let count = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
    // libarchive drops without a word what goes beyond the size announced
    guard count == bytes.count else {
      if count < 0 { try LibArchive.check(Int32(count), archive, "write \(name)") }
      throw PoseVaultError(.internal, "The entry \(name) is longer than announced.")
    }
    entry?.written += count
  }

  func end() throws {
    guard let (name, announced, written) = entry else { return }
    try LibArchive.check(archive_write_finish_entry(archive), archive, "write \(name)")
    // nor does it mind an entry that is too short
    guard announced ?? written == written else {
      throw PoseVaultError(.internal, "The entry \(name) is shorter than announced.")
    }
    entry = nil
  }

  /// Writes the directory that ends a ZIP file.
  func close() throws {
    try LibArchive.check(archive_write_close(archive), archive, "write the archive")
  }

  /// From the second day of 1980, in every zone, to the end of 32 bits.
  private static let times: ClosedRange<Int64> = 315_619_200...2_147_397_248
}
