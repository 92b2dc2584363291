import GRDB
import Glibc
public import PoseCore

extension FileImageStore: ArchivableImages {
  public func document(_ id: ImageID) async throws -> [UInt8]? { nil }

  public func readDamaged(_ id: ImageID) async throws -> PictureRemains? {
    guard let image = try await database.read({ db in try Self.row(id, db) }) else { return nil }
    let path = folder.imageFile(id, contentType: image.metadata.contentType)
    return try await files.run { [files] in
      func remains(
        _ fault: String?, _ pieces: any AsyncSequence<PictureRemains.Piece, any Error> & Sendable
      ) -> PictureRemains {
        PictureRemains(
          image: image, recordedLength: image.length, document: nil, faults: fault.map { [$0] } ?? [], pieces: pieces)
      }
      switch StoredFile.open(path) {
      case .success(nil): return nil
      case .success(let descriptor?):
        let file = StoredFile(descriptor: descriptor)
        return remains(nil, FileRemains(file: file, length: try file.length(), files: files))
      case .failure(let error):
        switch error.number {
        case EACCES, EPERM: return remains("its file may not be read", Nothing())
        case EISDIR, ENXIO, ELOOP, ENOTDIR: return remains("what lies in its place is no file", Nothing())
        case _ where SystemCall.isDamage(error.number): return remains("the disk does not give its file", Nothing())
        default: throw SystemCall.failure("read the picture", error.number)
        }
      }
    }
  }

  /// Not a byte is left.
  private struct Nothing: AsyncSequence, AsyncIteratorProtocol, Sendable {
    func makeAsyncIterator() -> Nothing { self }
    func next() async throws -> PictureRemains.Piece? { nil }
  }

  public func notIncluded() async throws -> [String] {
    let foreign = try await database.read { db in
      try Int.fetchOne(db, sql: "SELECT count(*) FROM images WHERE NOT (\(StoredImage.hasID))") ?? 0
    }
    return foreign > 0 ? ["images: rows without a proper id (\(foreign))"] : []
  }
}
