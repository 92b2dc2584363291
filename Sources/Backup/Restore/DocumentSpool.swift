import NIOCore
import PoseCore

/// The pictures' documents on disk, each found by its picture. All calls block.
// Guarded by: its one user makes one call after another.
final class DocumentSpool: @unchecked Sendable {
  private let file: SpoolFile
  /// Offset and length by id.
  private let places: any ScratchIndex

  init(in folder: String, indexes: IndexMaker) throws {
    file = try SpoolFile(in: folder)
    places = try indexes.make()
  }

  func append(_ json: ArraySlice<UInt8>) throws {
    let id = try FilesDocument(json: json).id
    var place = ByteBuffer()
    place.writeMultipleIntegers(file.length, json.count)
    try places.insert(Array(place.readableBytesView), for: id.bytes)
    try file.append(json)
  }

  func document(of id: ImageID) throws -> [UInt8] {
    var place = ByteBuffer(bytes: try places.value(of: id.bytes) ?? [])
    guard let (offset, length) = place.readMultipleIntegers(as: (Int, Int).self) else {
      throw ArchiveDamage(EntryName.files.text, "has no document of the picture \(id)")
    }
    return try file.read(offset..<offset + length)
  }
}
