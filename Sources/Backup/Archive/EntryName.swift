import PoseCore

/// The name of an entry; an archive holds no others.
enum EntryName: Hashable {
  case dump, files, chunks, entries, manifest
  case picture(ImageID, PictureKind)

  /// A picture's name ends in its format, known from its first bytes.
  enum PictureKind: String, CaseIterable {
    case jpg, png, webp, bin

    init(startingWith bytes: some Sequence<UInt8>) {
      self = ImageFormat(startingWith: bytes).flatMap { PictureKind(rawValue: $0.fileExtension) } ?? .bin
    }
  }

  /// nil for any name that an archive can't hold.
  init?(_ text: String) {
    if let name = Self.fixed.first(where: { $0.text == text }) {
      self = name
      return
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard text.hasPrefix(Self.pictures), parts.count == 2, let kind = PictureKind(rawValue: String(parts[1])),
      let id = ImageID(parts[0].dropFirst(Self.pictures.count))
    else { return nil }
    self = .picture(id, kind)
    // an id in capitals would be a second name for the same picture
    guard self.text == text else { return nil }
  }

  var text: String {
    switch self {
    case .dump: "mysql/poses.sql"
    case .files: "mongodb/images.files.json"
    case .chunks: "mongodb/images.chunks.json"
    case .entries: "entries.jsonl"
    case .manifest: "manifest.json"
    case .picture(let id, let kind): "\(Self.pictures)\(id).\(kind)"
    }
  }

  /// Pictures are compressed already.
  var isDeflated: Bool {
    if case .picture = self { false } else { true }
  }

  /// The least of all names that a picture could have.
  static func least(ofPicture id: ImageID) -> EntryName { .picture(id, .bin) }

  private static let fixed: [EntryName] = [.dump, .files, .chunks, .entries, .manifest]
  private static let pictures = "images/"
}

extension EntryName: Comparable {
  /// Pictures by their ids, after all others.
  static func < (a: EntryName, b: EntryName) -> Bool {
    switch (a, b) {
    case (.picture(let id, let kind), .picture(let other, let otherKind)):
      id == other ? kind.rawValue < otherKind.rawValue : id < other
    case (.picture, _): false
    case (_, .picture): true
    default: a.text < b.text
    }
  }
}
