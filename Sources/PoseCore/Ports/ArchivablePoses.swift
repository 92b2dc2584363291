/// What a pose database reports about its rows, computed by the database itself, not counted while the rows are read.
public struct PoseTotals: Sendable, Hashable {
  public var count: Int
  /// Modulo 2^64.
  public var sumOfIDs: Int
  /// nil if there are no rows.
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
  /// The length of the row's JSON (keypoints, those in metres, those of the detection) in bytes, as read.
  public var textLength: Int { texts.reduce(0) { $0 + $1.count } }

  /// The sum of the ``CRC32`` of each of these.
  public var checksum: Int { texts.reduce(0) { $0 + Int(CRC32.of($1)) } }

  private var texts: [[UInt8]] { [keypoints, worldKeypoints ?? [], detectedKeypoints ?? []] }
}

/// A pose database as of one moment: a single read transaction.
public protocol PoseSnapshot: Sendable {
  func totals() async throws -> PoseTotals

  /// Greater than every id that was ever assigned to a row, including deleted rows.
  func nextID() async throws -> Int

  /// At most `limit` rows whose id is greater than `after`, by ascending id, with all their ``PoseParts``.
  func rows(after: Int?, limit: Int) async throws -> [PoseRecord]

  /// The same for one of the ``ArchivablePoses/tables``.
  func lines(of table: String, after: Int?, limit: Int) async throws -> [TableLine]
}

extension PoseSnapshot {
  public func lines(of table: String, after: Int?, limit: Int) async throws -> [TableLine] { [] }
}

/// A row of one of our tables besides `poses`: one JSON object, without a line feed.
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
  /// Runs `body` with a snapshot, which ends with it. Writers are not blocked.
  func withSnapshot<Value: Sendable>(
    _ body: @Sendable (any PoseSnapshot) async throws -> Value
  ) async throws -> Value

  /// Stores rows as they are, with their ids, times and parts; all or, if an id is taken, none.
  func restore(_ poses: [PoseRecord]) async throws

  /// Our tables besides `poses` that are in backups, such as `posevault_trash`: lower-case letters, digits, `_`.
  var tables: [String] { get }

  /// Stores rows of one of these as they are, with their ids; all or, if an id is taken, none.
  func restore(_ lines: [TableLine], into table: String) async throws

  /// Removes all rows of one of these.
  func removeLines(of table: String) async throws

  /// The audit trail, which two of ``tables`` are; nil where there is none.
  var trail: (any RestorableTrail)? { get }

  /// Gives the database the dataset id of the one whose rows it was restored from.
  func adopt(datasetID: String) async throws

  /// From now on, assigns no id below `next`, so that those of deleted rows are not reused.
  func continueIDs(at next: Int) async throws

  /// Tables besides ours, and unknown columns of ours, by name: what a backup leaves out.
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
