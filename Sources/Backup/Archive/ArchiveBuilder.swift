import Crypto
import PoseCore

/// Writes an archive's entries and keeps the record of each. All calls block.
// Guarded by: its one user makes one call after another.
final class ArchiveBuilder: @unchecked Sendable {
  private let zip: ZipWriter
  private let partial: PartialFile
  private let seconds: Int64
  private var kinds: [EntryKind: Int] = [:]
  private let records: SpoolFile
  private var count = 0
  private var entry: (name: EntryName, size: Int, sha256: SHA256)?

  /// - Parameters:
  ///   - folder: for the records, while the archive is written.
  ///   - seconds: since 1970, the time that entries bear which have none of their own.
  init(_ partial: PartialFile, spoolingIn folder: String, passphrase: String?, modifiedAt seconds: Int64) throws {
    zip = try ZipWriter(descriptor: partial.descriptor, passphrase: passphrase)
    records = try SpoolFile(in: folder)
    self.partial = partial
    self.seconds = seconds
  }

  /// - Parameters:
  ///   - size: how many bytes will be written; nil where that isn't known.
  ///   - time: in seconds since 1970, that of the content: an entry is then the same, byte for byte, in each archive
  ///     that holds the same.
  func begin(_ name: EntryName, size: Int?, modifiedAt time: Int64? = nil) throws {
    try zip.begin(name, size: size, modifiedAt: time ?? seconds)
    entry = (name, 0, SHA256())
  }

  func write(_ bytes: [UInt8]) throws {
    try zip.write(bytes)
    entry?.size += bytes.count
    entry?.sha256.update(data: bytes)
  }

  /// Writes some pieces of what is left of the spool; what was written, if these were the last and the entry has ended.
  func add(_ spool: SpoolFile) throws -> ContentDigest? {
    for _ in 0..<Self.piecesAtOnce {
      let piece = try spool.read()
      if piece.isEmpty { return try end() }
      try write(piece)
    }
    return nil
  }

  /// What was written, as it is listed.
  @discardableResult
  func end() throws -> ContentDigest? {
    try zip.end()
    guard let record = takeRecord() else { return nil }
    if let kind = record.name.kind { kinds[kind, default: 0] += 1 }
    try records.append(record.line)
    return record.sha256
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
    manifest.kinds = EntryKind.allCases.compactMap { kind in
      kinds[kind].map { EntryCount(kind: kind.rawValue, count: $0) }
    }.sorted { $0.kind < $1.kind }
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
