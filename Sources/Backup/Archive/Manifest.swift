public import PoseCore

/// What an archive says of itself, in its last entry, `manifest.json`.
public struct Manifest: Sendable, Hashable {
  /// The version of the archive's format.
  public static let format = 1

  /// The program that made the archive, such as `PoseVault 1.0`.
  public var software: String
  /// In seconds since 1970.
  public var startedAt: Int64
  public var finishedAt: Int64
  /// The stores it was made from, for a person.
  public var source: String
  /// The dataset id of the pose database.
  public var datasetID: String
  /// What the database said of its rows, those left out included.
  public var rows: PoseTotals
  /// Greater than every id that was ever given.
  public var nextID: Int
  /// The ``RowChain`` of the rows as they were read, those left out included; hexadecimal.
  public var chain: String
  /// Rows that were read, and deleted with their pictures before these could be.
  public var leftOut: [LeftOutRow]
  /// How many pictures were deleted with these.
  public var leftOutPictures: Int
  /// Rows whose picture is lost.
  public var lost: [LostPicture]
  public var pictures: Int
  /// Of all pictures.
  public var pictureBytes: Int
  /// How many entries `entries.jsonl` lists, and its SHA-256 in hexadecimal.
  public var entries: Int
  public var entriesSHA256: String
  /// Names of tables, columns and collections in the same databases that are not part of the archive.
  public var notIncluded: [String]

  /// A row that is not in the archive; what is known of it still counts in the totals and the chain.
  public struct LeftOutRow: Sendable, Hashable, Decodable {
    public var id: Int
    /// As in ``PoseTotals``.
    public var bytes: Int
    public var checksum: Int
    /// The row's own digest in the ``RowChain``, hexadecimal.
    public var digest: String
  }

  public struct LostPicture: Sendable, Hashable, Decodable {
    /// The id of the row that names it.
    public var row: Int
    public var imageID: String
  }

  /// How many rows the archive holds.
  public var archivedRows: Int { rows.count &- leftOut.count }

  /// What a person should know although the archive is proven, one line each.
  public var warnings: [String] {
    let others = notIncluded.isEmpty ? [] : ["Not included: \(notIncluded.joined(separator: ", "))."]
    return others + lost.map { "The picture \($0.imageID) of row \($0.row) is lost." }
  }
}
