public import PoseCore

/// What an archive says of itself, in its last entry, `manifest.json`.
public struct Manifest: Sendable, Hashable {
  /// The version of the format that archives are written in; older ones are read.
  public static let newestFormat = 2

  public var format = newestFormat
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
  /// Greater than every id that was ever given; where none is left, the greatest that there is.
  public var nextID: Int
  /// The ``RowChain`` of the rows as they were read, those left out included; hexadecimal.
  public var chain: String
  /// The dump's, in its order.
  public var columns: [String]
  /// The tables of ours beside `poses` that the archive holds.
  public var tables: [Table] = []
  /// Rows that were read, and deleted with their pictures before these could be.
  public var leftOut: [LeftOutRow]
  /// How many pictures were deleted with these.
  public var leftOutPictures: Int
  /// Rows whose picture is lost.
  public var lost: [LostPicture]
  /// Pictures that the archive holds as far as they could be read, or that are not what was uploaded.
  public var damaged: [DamagedPicture] = []
  public var pictures: Int
  /// Of all pictures.
  public var pictureBytes: Int
  /// Pictures of this dataset that no row names, nor a pose in the trash, and that were older than a day when the run began.
  public var unreferencedPictures = 0
  /// Pictures that poses in the trash show, and no row.
  public var trashedPictures = 0
  /// The packs that hold the pictures; nil where the archive itself does.
  public var packs: PackTotals?
  /// How many entries `entries.jsonl` lists, and its SHA-256 in hexadecimal.
  public var entries: Int
  public var entriesSHA256: String
  /// How many entries there are of each kind, by its name; empty in format 1.
  public var kinds: [EntryCount] = []
  /// Names of tables, columns and collections in the same databases that are not part of the archive.
  public var notIncluded: [String]
  /// The newest entries of the audit trail when the run began, by ascending name of the server; empty where there are none,
  /// and in archives of older versions.
  public var audit: [AuditHead] = []
  /// What of the archive the reader doesn't know, one line each; no part of `manifest.json`.
  public var unknown: [String] = []
  /// What is odd in the audit trail that the archive holds, one line each; no part of `manifest.json`, either.
  public var trailFaults: [String] = []

  /// A row that is not in the archive; what is known of it still counts in the totals and the chain.
  public struct LeftOutRow: Sendable, Hashable, Decodable {
    public var id: Int
    /// As in ``PoseTotals``.
    public var bytes: Int
    public var checksum: Int
    /// The row's own digest in the ``RowChain``, hexadecimal.
    public var digest: String
  }

  public struct LostPicture: Sendable, Hashable {
    /// The id of the row that names it.
    public var row: Int
    public var imageID: String
  }

  public struct DamagedPicture: Sendable, Hashable {
    public var imageID: ImageID
    /// What is wrong with it: short, without its file name.
    public var what: String
    /// How many the archive holds.
    public var bytes: Int
    /// How many were uploaded; nil where nobody knows.
    public var expected: Int?
    /// Whether a pose names it; not told by archives, and true of those that are read.
    public var isNamed = true
  }

  /// A table of ours beside `poses`: an entry of one row a line.
  public struct Table: Sendable, Hashable {
    public var name: String
    public var count: Int
    /// nil where there are no rows.
    public var lastID: Int?
  }

  /// The packs of a repository that a run's pictures lie in.
  public struct PackTotals: Sendable, Hashable, Decodable {
    public var count: Int
    /// Of the whole files.
    public var bytes: Int
  }

  /// How many rows the archive holds.
  public var archivedRows: Int { rows.count &- leftOut.count }

  /// The kinds of entries that this version doesn't know, by name.
  public var unknownKinds: [String] { kinds.map(\.kind).filter { EntryKind(rawValue: $0) == nil } }

  /// What a person should know although the archive is proven, one line each.
  public var warnings: [String] {
    let others = notIncluded.isEmpty ? [] : ["Not included: \(notIncluded.joined(separator: ", "))."]
    return others + unknown + trailFaults + damaged.map { "The picture \($0.imageID) is damaged: \($0.what)." }
      + lost.map { "The picture \($0.imageID) of row \($0.row) is lost." }
  }
}
