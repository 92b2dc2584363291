/// What a pose database says of its rows, asked of the database itself, not counted while the rows are read.
public struct PoseTotals: Sendable, Hashable {
  public var count: Int
  /// Modulo 2^64.
  public var sumOfIDs: Int
  /// nil where there are no rows.
  public var lastID: Int?
  /// The sum of ``PoseRecord/textLength``.
  public var bytes: Int
  /// The sum of ``PoseRecord/checksum``.
  public var sumOfChecksums: Int

  public init(count: Int, sumOfIDs: Int, lastID: Int?, bytes: Int, sumOfChecksums: Int) {
    self.count = count
    self.sumOfIDs = sumOfIDs
    self.lastID = lastID
    self.bytes = bytes
    self.sumOfChecksums = sumOfChecksums
  }
}

extension PoseRecord {
  /// The length of the row's JSON (keypoints, those in metres, those of the detection) in bytes, as it is read.
  public var textLength: Int { texts.reduce(0) { $0 + $1.count } }

  /// The sum of the ``CRC32`` of each of these.
  public var checksum: Int { texts.reduce(0) { $0 + Int(CRC32.of($1)) } }

  private var texts: [[UInt8]] { [keypoints, worldKeypoints ?? [], detectedKeypoints ?? []] }
}

/// A pose database as it was at one moment: one read transaction.
public protocol PoseSnapshot: Sendable {
  func totals() async throws -> PoseTotals

  /// Greater than every id that was ever given to a row, those of rows that are gone included.
  func nextID() async throws -> Int

  /// At most `limit` rows whose id is greater than `after`, by ascending id, with all their ``PoseParts``.
  func rows(after: Int?, limit: Int) async throws -> [PoseRecord]

  /// The same of one of the ``ArchivablePoses/tables``.
  func lines(of table: String, after: Int?, limit: Int) async throws -> [TableLine]
}

extension PoseSnapshot {
  public func lines(of table: String, after: Int?, limit: Int) async throws -> [TableLine] { [] }
}

/// A row of one of our tables beside `poses`: one JSON object, without a line feed.
public struct TableLine: Sendable, Hashable {
  /// The object's field `id`.
  public var id: Int
  public var json: [UInt8]

  public init(id: Int, json: [UInt8]) {
    self.id = id
    self.json = json
  }
}

/// A pose database that a backup can read and a restore can fill; errors are those of ``PoseRepository``.
public protocol ArchivablePoses: PoseRepository {
  /// Runs `body` with a snapshot, which ends with it. Writers go on meanwhile.
  func withSnapshot<Value: Sendable>(
    _ body: @Sendable (any PoseSnapshot) async throws -> Value
  ) async throws -> Value

  /// Stores rows as they are, with their ids, times and parts; all or, when an id is taken, none.
  func restore(_ poses: [PoseRecord]) async throws

  /// Our tables beside `poses` that a backup holds, such as `posevault_trash`: lower case letters, digits, `_`.
  var tables: [String] { get }

  /// Stores rows of one of these as they are, with their ids; all or, when an id is taken, none.
  func restore(_ lines: [TableLine], into table: String) async throws

  /// Removes all rows of one of these.
  func removeLines(of table: String) async throws

  /// The audit trail, which two of ``tables`` are; nil where there is none.
  var trail: (any RestorableTrail)? { get }

  /// Gives the database the dataset id of the one whose rows it was restored from.
  func adopt(datasetID: String) async throws

  /// Gives no row an id below `next` from now on, so that those of rows that are gone are not given again.
  func continueIDs(at next: Int) async throws

  /// Tables beside ours, and columns of ours that we don't know, by name: what a backup leaves out.
  func notIncluded() async throws -> [String]
}

extension ArchivablePoses {
  public var tables: [String] { [] }

  public var trail: (any RestorableTrail)? { nil }

  public func removeLines(of table: String) async throws {}

  public func restore(_ lines: [TableLine], into table: String) async throws {
    throw PoseVaultError(.internal, "The table \(table) is not known here.")
  }
}
