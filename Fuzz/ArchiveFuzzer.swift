import Glibc
import PoseCore

/// Reads the input as an archive, entry by entry, and each entry as what its name says.
///
/// An input whose first line is an entry's name is that entry's content alone: what is changed within a ZIP hardly ever
/// comes past its checksums. Digests are not compared, for the same reason. A manifest that is read must be written as
/// the same one.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzArchive(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
  guard let start else { return 0 }
  let input = UnsafeRawBufferPointer(start: start, count: count)
  let line = input.prefix { $0 != 0x0A }
  do {
    if let name = EntryName(String(decoding: line, as: UTF8.self)) {
      var content = Content(name: name)
      try content.read(Array(input.dropFirst(line.count + 1)))
      try content.finish()
    } else {
      try readArchive(input)
    }
  } catch is ArchiveDamage {
  } catch is PoseVaultError {
  } catch is DecodingError {
  } catch {
    print("threw \(error)")
    abort()
  }
  return 0
}

private func readArchive(_ input: UnsafeRawBufferPointer) throws {
  guard let file = tmpfile() else { return }
  defer { fclose(file) }
  guard fwrite(input.baseAddress, 1, input.count, file) == input.count, fflush(file) == 0 else { return }
  let reader = try ZipReader(path: "/proc/self/fd/\(fileno(file))", passphrase: nil)
  while let (name, _) = try reader.next() {
    var (content, length) = (Content(name: name), 0)
    while case let piece = try reader.read(), !piece.isEmpty {
      length += piece.count
      // a bomb is for the inventory to find
      guard length < 4 << 20 else { return }
      try content.read(piece)
    }
    try content.finish()
  }
}

private struct Content {
  let name: EntryName
  private var lines = LineSplitter()
  private var dump = DumpParser()
  private var manifest: [UInt8] = []

  init(name: EntryName) {
    self.name = name
  }

  mutating func read(_ piece: [UInt8]) throws {
    switch name {
    case .manifest: manifest += piece
    case .entries: try lines.split(piece, of: name) { _ = ListedEntry(line: $0) }
    case .dump: try lines.split(piece, of: name) { _ = try dump.read($0) }
    case .files, .chunks, .table: try lines.split(piece, of: name) { _ in }
    case .guide, .picture, .other: break
    }
  }

  func finish() throws {
    if name == .manifest { try check(Manifest(json: manifest)) }
    if name == .dump { try dump.finish() }
    try lines.finish(name)
  }
}

private func check(_ manifest: Manifest) throws {
  if try Manifest(json: manifest.json) != manifest {
    print("another manifest: \(manifest)")
    abort()
  }
}
