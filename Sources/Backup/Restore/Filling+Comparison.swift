import Crypto
import NIOCore
import PoseCore

/// Does the store hold what the archive does, nothing less and nothing more?
extension Filling {
  /// Reads every picture as it is stored now.
  func comparePictures() async throws {
    var (count, last) = (0, ImageID?.none)
    let expected = archive.inventory.manifest.pictures
    while case let page = try await target.images.list(after: last, limit: Self.picturesAtOnce), let end = page.last {
      for image in page {
        try Task.checkCancellation()
        guard let record = archive.inventory.picture(image.id) else {
          throw Self.difference("it holds the picture \(image.id), which the archive does not")
        }
        guard try await sha256(of: image.id) == record.sha256 else {
          throw Self.difference("the picture \(image.id) is not that of the archive")
        }
        count += 1
        report(.comparison, Double(count) / Double(max(expected, 1)) / 2)
      }
      last = end.id
    }
    guard count == expected else { throw Self.difference("it holds \(count) pictures, the archive \(expected)") }
  }

  private func sha256(of id: ImageID) async throws -> ContentDigest? {
    guard let bytes = try await target.images.read(id, range: nil) else { return nil }
    var sha256 = SHA256()
    for try await piece in bytes { piece.withUnsafeReadableBytes { sha256.update(bufferPointer: $0) } }
    try Task.checkCancellation()
    return ContentDigest(bytes: sha256.finalize())
  }

  /// Reads every row as it is stored now, beside the dump.
  func compareRows() async throws {
    let dump = try await DumpRows(archive, files)
    let expected = archive.inventory.manifest.archivedRows
    try await target.poses.withSnapshot { snapshot in
      var (count, last) = (0, Int?.none)
      while let page = try await dump.next() {
        try Task.checkCancellation()
        let stored = try await snapshot.rows(after: last, limit: page.count)
        for (index, row) in page.enumerated() {
          guard index < stored.count, stored[index].id == row.id else {
            throw Self.difference("the row \(row.id) is missing, or there is another one before it")
          }
          guard stored[index].holdsSame(as: row) else {
            throw Self.difference("the row \(row.id) is not that of the archive")
          }
        }
        (count, last) = (count + page.count, page.last?.id)
        report(.comparison, 0.5 + Double(count) / Double(max(expected, 1)) / 2)
      }
      if let other = try await snapshot.rows(after: last, limit: 1).first {
        throw Self.difference("it holds the row \(other.id), which the archive does not")
      }
      let totals = try await snapshot.totals()
      guard totals.count == expected, count == expected else {
        throw Self.difference("it holds \(totals.count) rows, the archive \(expected)")
      }
    }
  }

  static func difference(_ what: String) -> PoseVaultError {
    PoseVaultError(
      .backupUnproven,
      "The storage does not hold what the archive does: \(what). Something else has written to it, or the restore was "
        + "not whole; give it up with `posevault backup restore --discard` and restore again.")
  }

  private static let picturesAtOnce = 500
}
