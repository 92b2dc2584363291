import Crypto
import PoseCore

/// What is left of the pictures of a run in a repository.
struct PackedSalvage: Sendable {
  /// The intact ones, in their order in the packs.
  private(set) var pictures: [PicturePlace] = []
  /// What is not intact, one line each.
  private(set) var faults: [String] = []

  /// Reads each picture where the run says it is; nil if the archive is not a run of a repository.
  ///
  /// - Parameter report: called with how much has been read, 0…1.
  init?(
    of catalogue: SalvageCatalogue, _ scan: EntryScan, in folder: PackFolder, files: BlockingPool,
    report: @Sendable (Double) -> Void
  ) async throws {
    guard catalogue.manifest?.packs != nil || catalogue.entries[.places] != nil else { return nil }
    guard let found = catalogue.entries[.places] else { return }
    try await files.run { try folder.requirePacks() }
    let places = try await files.run { try Self.places(found, scan) }
    var open: (pack: ContentDigest, file: ReadFile?)?
    for (index, place) in places.enumerated() {
      try Task.checkCancellation()
      if open?.pack != place.pack {
        open = (place.pack, try await files.run { try? ReadFile(folder.path(of: place.pack)) })
      }
      let name = EntryName.picture(place.id, place.ending).text
      if let file = open?.file {
        if try await files.run({ try Self.isWhole(place, in: file) }) {
          pictures.append(place)
        } else {
          faults.append("\(name): is damaged in \(PackFolder.name(of: place.pack))")
        }
      } else {
        faults.append("\(name): is missing, with \(PackFolder.name(of: place.pack))")
      }
      report(Double(index + 1) / Double(places.count))
    }
  }

  /// As far as the list can be read, each picture once.
  private static func places(_ entry: FoundEntry, _ scan: EntryScan) throws -> [PicturePlace] {
    let content = try scan.content(of: entry)
    var lines = LineSplitter()
    var places: [PicturePlace] = []
    var seen: Set<ImageID> = []
    while case let piece = try content.read(), !piece.isEmpty {
      let isReadable: Void? = try? lines.split(piece, of: .places) { line in
        guard let place = PicturePlace(line: line), seen.insert(place.id).inserted else { return }
        places.append(place)
      }
      if isReadable == nil { break }
    }
    return places.sorted { ($0.pack.text, $0.offset, $0.id) < ($1.pack.text, $1.offset, $1.id) }
  }

  private static func isWhole(_ place: PicturePlace, in file: ReadFile) throws -> Bool {
    let (end, overflow) = place.offset.addingReportingOverflow(place.size)
    guard try !overflow && end <= file.length() else { return false }
    var sha256 = SHA256()
    var position = place.offset
    while position < end {
      let piece = try file.bytes(at: position, count: min(1 << 20, end - position))
      sha256.update(data: piece)
      position += piece.count
    }
    return ContentDigest(bytes: sha256.finalize()) == place.sha256
  }
}
