import Crypto
import PoseCore

/// Writes an archive's entries and keeps the record of each. All calls block.
// Guarded by: its one user makes one call after another.
final class ArchiveBuilder: @unchecked Sendable {
  private let zip: ZipWriter
  private let partial: PartialFile
  private let seconds: Int64
  private let records: SpoolFile
  private var count = 0
  private var entry: (name: EntryName, size: Int, sha256: SHA256)?

  /// - Parameters:
  ///   - folder: for the records, while the archive is written.
  ///   - seconds: since 1970, the time that all entries bear.
  init(_ partial: PartialFile, spoolingIn folder: String, passphrase: String?, modifiedAt seconds: Int64) throws {
    zip = try ZipWriter(descriptor: partial.descriptor, passphrase: passphrase)
    records = try SpoolFile(in: folder)
    (self.partial, self.seconds) = (partial, seconds)
  }

  /// - Parameter size: how many bytes will be written; nil where that isn't known.
  func begin(_ name: EntryName, size: Int?) throws {
    try zip.begin(name, size: size, modifiedAt: seconds)
    entry = (name, 0, SHA256())
  }

  func write(_ bytes: [UInt8]) throws {
    try zip.write(bytes)
    entry?.size += bytes.count
    entry?.sha256.update(data: bytes)
  }

  /// Writes some pieces of what is left of the spool; whether these were the last, and the entry has ended.
  func add(_ spool: SpoolFile) throws -> Bool {
    for _ in 0..<Self.piecesAtOnce {
      let piece = try spool.read()
      if piece.isEmpty {
        try end()
        return true
      }
      try write(piece)
    }
    return false
  }

  func end() throws {
    try zip.end()
    if let record = takeRecord() { try records.append(record.line) }
  }

  /// Adds what lists the entries, and `manifest` once it knows them; then the file is whole, and durable.
  func finish(_ manifest: Manifest) throws -> Manifest {
    try records.rewind()
    try begin(.entries, size: records.length)
    while case let piece = try records.read(), !piece.isEmpty { try write(piece) }
    try zip.end()
    var manifest = manifest
    manifest.entries = count
    manifest.entriesSHA256 = takeRecord()?.sha256.text ?? ""
    let json = manifest.json
    try zip.begin(.manifest, size: json.count, modifiedAt: seconds)
    try zip.write(json)
    try zip.end()
    try zip.close()
    try partial.synchronize()
    return manifest
  }

  private func takeRecord() -> EntryRecord? {
    guard let (name, size, sha256) = entry else { return nil }
    entry = nil
    count += 1
    return EntryRecord(name: name, size: size, sha256: ContentDigest(bytes: sha256.finalize()))
  }

  private static let piecesAtOnce = 16
}
