import Glibc
public import PoseCore

/// Makes a small ZIP of an archive: its manifest and its dump, without the pictures.
public struct ArchiveExtract: Sendable {
  private let passphrase: String?
  private let files: BlockingPool

  /// - Parameters:
  ///   - passphrase: of the archive; it encrypts the extract, too.
  ///   - files: where files are read and written.
  public init(passphrase: String?, files: BlockingPool) {
    self.passphrase = passphrase
    self.files = files
  }

  /// An extract that was made.
  public struct Made: Sendable {
    // locks the file: nobody takes it for a leftover as long as this lives
    private let partial: PartialFile

    fileprivate init(_ partial: PartialFile) {
      self.partial = partial
    }

    public var path: String { partial.path }

    public func remove() {
      partial.discard()
    }
  }

  /// Writes it beside the archive; nil where it would have more than `limit` bytes. The caller removes it, and keeps it
  /// until then; a crash leaves a `.partial`, as of any archive.
  ///
  /// Throws ``PoseVaultError`` where the archive can't be read or the extract can't be written.
  public func make(from path: String, limit: Int64) async throws -> Made? {
    try await files.run { [passphrase] in
      let archive = try ZipReader(path: path, passphrase: passphrase)
      let (folder, name) = Self.split(path)
      let partial = try BackupFolder(path: folder).begin(named: "\(name)-extract")
      do {
        let isWhole = try Self.copy(archive, to: partial, passphrase: passphrase, limit: limit)
        if !isWhole { partial.discard() }
        return isWhole ? Made(partial) : nil
      } catch let damage as ArchiveDamage {
        partial.discard()
        throw PoseVaultError(.backupUnproven, "The archive is damaged. \(damage.line).")
      } catch {
        partial.discard()
        throw error
      }
    }
  }

  /// Whether all of it fits.
  private static func copy(
    _ archive: ZipReader, to partial: PartialFile, passphrase: String?, limit: Int64
  ) throws -> Bool {
    let writer = try ZipWriter(descriptor: partial.descriptor, passphrase: passphrase)
    let now = Int64(time(nil))
    while let (name, size) = try archive.next() {
      guard name == .dump || name == .manifest else { continue }
      try writer.begin(name, size: size, modifiedAt: now)
      while true {
        let piece = try archive.read()
        if piece.isEmpty { break }
        try writer.write(piece)
        guard try length(of: partial) <= limit else { return false }
      }
      try writer.end()
    }
    try writer.close()
    return try length(of: partial) <= limit
  }

  private static func length(of partial: PartialFile) throws -> Int64 {
    guard let status = FileStatus(partial.descriptor) else { throw FileFailure.error("look at \(partial.path)", errno) }
    return Int64(status.size)
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    let scalars = path.unicodeScalars
    guard let slash = scalars.lastIndex(of: "/") else { return (".", path) }
    return (slash == path.startIndex ? "/" : String(path[..<slash]), String(scalars[scalars.index(after: slash)...]))
  }
}
