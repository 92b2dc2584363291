import PoseCore

/// The rows of an export by descending id, a few at a time: those that existed when it began.
struct ExportRows: Sendable {
  private let poses: any PoseRepository
  private let filter: PoseFilter
  private let startedAt: Int64
  /// The largest id; nil if there is none.
  private let first: Int?

  /// With a filter, a database may go through all its rows for each page.
  private var pageLength: Int { filter == .all ? 100 : 1000 }
  /// If a picture has more rows than people are ever looked for, they are written in several parts.
  private static let maxGroup = 100

  init(_ poses: any PoseRepository, _ filter: PoseFilter, startedAt: Int64) async throws {
    self.poses = poses
    self.filter = filter
    self.startedAt = startedAt
    first = try await poses.list(.after(.max, limit: 1), of: filter, with: []).first?.id
  }

  /// Calls `body` with the rows of one picture after the other, in the order in which they were stored, best first.
  ///
  /// Rows of one picture are stored together. If there are other rows in between, they are written in several parts.
  func eachPicture(with parts: PoseParts, _ body: ([PoseRecord]) async throws -> Void) async throws {
    guard let first else { return }
    var group: [PoseRecord] = []
    var page = try await poses.list(.after(first + 1, limit: pageLength), of: filter, with: parts)
    while let last = page.last {
      for row in page where isOfTheStart(row) {
        if let other = group.first, other.imageID != row.imageID || group.count == Self.maxGroup {
          try await body(group.reversed())
          group = []
        }
        group.append(row)
      }
      page = try await poses.list(.after(last.id, limit: pageLength), of: filter, with: parts)
    }
    if !group.isEmpty { try await body(group.reversed()) }
  }

  /// A row may begin to match the filter during the export, after the list of pictures has been written without it.
  private func isOfTheStart(_ row: PoseRecord) -> Bool {
    filter.isCorrected == nil || row.updatedAt.map { $0 < startedAt } ?? true
  }

  func write(
    with writer: some PoseFormatWriter, _ write: ([UInt8]) async throws -> Void
  ) async throws {
    var writer = writer
    try await write(writer.begin())
    try await eachPicture(with: .all) { rows in
      let picture = PicturePoses(rows)
      if !picture.people.isEmpty { try await write(writer.picture(picture)) }
    }
    try await write(writer.end())
  }
}

extension PicturePoses {
  /// From rows of one picture, of which there must be at least one; those without the 33 landmarks are left out.
  init(_ rows: [PoseRecord]) {
    let details = rows[0].details
    self.init(
      file: rows[0].pictureName, imageID: rows[0].imageID, width: details.pictureWidth, height: details.pictureHeight,
      people: rows.compactMap(Person.init))
  }
}

extension PicturePoses.Person {
  fileprivate init?(_ row: PoseRecord) {
    guard let keypoints = KeypointsJSON.read(row.keypoints) else { return nil }
    self.init(
      stored: PicturePoses.Stored(
        id: row.id, detected: row.detectedKeypoints.flatMap(KeypointsJSON.read), isCorrected: row.correctedAt != nil),
      score: row.details.score, keypoints: keypoints, hasPresence: false, worldKeypoints: row.worldKeypoints)
  }
}

extension PoseRecord {
  /// The file's name, or the picture's id if there is none.
  var pictureName: String { details.fileName ?? imageID }
}
