import Glibc
import PoseCore

/// Reads the input as an archive, entry by entry, and each entry as what its name says.
///
/// Digests are not compared, or no changed input would ever come past them. A manifest that is read must be written as
/// the same one.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzArchive(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
  guard let start, let file = tmpfile() else { return 0 }
  defer { fclose(file) }
  guard fwrite(start, 1, count, file) == count, fflush(file) == 0 else { return 0 }
  do {
    try read("/proc/self/fd/\(fileno(file))")
  } catch is ArchiveDamage {
  } catch is PoseVaultError {
  } catch is DecodingError {
  } catch {
    print("threw \(error)")
    abort()
  }
  return 0
}

private func read(_ path: String) throws {
  let reader = try ZipReader(path: path, passphrase: nil)
  while let (name, _) = try reader.next() {
    var (lines, dump, manifest, length) = (LineSplitter(), DumpParser(), [UInt8](), 0)
    while case let piece = try reader.read(), !piece.isEmpty {
      length += piece.count
      // a bomb is for the inventory to find
      guard length < 4 << 20 else { return }
      switch name {
      case .manifest: manifest += piece
      case .entries: try lines.split(piece, of: name) { _ = try EntryRecord(line: $0) }
      case .dump: try lines.split(piece, of: name) { _ = try dump.read($0) }
      case .files, .chunks: try lines.split(piece, of: name) { _ in }
      case .picture: break
      }
    }
    if name == .manifest { try check(Manifest(json: manifest)) }
    if name == .dump { try dump.finish() }
  }
}

private func check(_ manifest: Manifest) throws {
  if try Manifest(json: manifest.json) != manifest {
    print("another manifest: \(manifest)")
    abort()
  }
}
