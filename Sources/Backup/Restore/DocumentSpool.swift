import PoseCore

/// The pictures' documents on disk, each found by its picture. All calls block.
// Guarded by: its one user makes one call after another.
final class DocumentSpool: @unchecked Sendable {
  private let file: SpoolFile
  private var places: [ImageID: Range<Int>] = [:]

  init(in folder: String) throws {
    file = try SpoolFile(in: folder)
  }

  func append(_ json: ArraySlice<UInt8>) throws {
    let id = try FilesDocument(json: json).id
    places[id] = file.length..<file.length + json.count
    try file.append(json)
  }

  func document(of id: ImageID) throws -> [UInt8] {
    guard let place = places[id] else {
      throw ArchiveDamage(EntryName.files.text, "has no document of the picture \(id)")
    }
    return try file.read(place)
  }
}
