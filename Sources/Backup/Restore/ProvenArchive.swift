import PoseCore

/// An archive that was proven, opened again; what is read of it now must be what was proven then.
struct ProvenArchive: Sendable {
  let path: String
  let passphrase: String?
  let inventory: Inventory

  /// Blocks. Throws ``ArchiveDamage``.
  init(_ path: String, _ manifest: Manifest, passphrase: String?, indexes: IndexMaker) throws {
    inventory = try Inventory(path, passphrase: passphrase, indexes: indexes)
    // it holds the digest of the list, and this each entry's
    guard inventory.manifest.json == manifest.json else { throw ArchiveDamage("the archive", "is another one") }
    self.path = path
    self.passphrase = passphrase
  }

  func reader() throws -> ZipReader { try ZipReader(path: path, passphrase: passphrase) }

  /// The next entry that `wants` takes; nil at the end. Blocks.
  func next(_ reader: ZipReader, _ wants: (EntryName) -> Bool) throws -> CheckedEntry? {
    while let (name, _) = try reader.next() {
      guard wants(name) else { continue }
      guard let record = inventory.record(name) else { throw ArchiveDamage(name.text, "was not there before") }
      return CheckedEntry(record, reader)
    }
    return nil
  }

  /// The entry of that name; blocks.
  func entry(_ name: EntryName) throws -> CheckedEntry {
    guard let entry = try next(reader(), { $0 == name }) else { throw ArchiveDamage(name.text, "is missing") }
    return entry
  }
}
