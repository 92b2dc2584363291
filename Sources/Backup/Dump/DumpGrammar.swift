/// The lines of `mysql/poses.sql`, format 2; in between are rows, each on its own line.
///
/// A session setting that is changed is restored at the end. Rows are inserted in one transaction, so that an aborted
/// restore leaves an empty table. An existing table is never dropped: the restore then fails at its first statement,
/// and nothing has changed.
enum DumpGrammar {
  /// Up to the first row, with `next` as the id that the table assigns next. The table is the one that PoseVault
  /// creates itself, so that it can use the table even if it was restored without PoseVault.
  ///
  /// - Parameter isWide: whether ids need 64 bits.
  static func header(nextID next: Int, isWide: Bool) -> String {
    let table = DumpColumn.all.map { "  `\($0.name)` \($0.definition(isWide: isWide))" } + indexes
    return before + table.joined(separator: ",\n") + "\n\(tableEnd.before)\(next)\(tableEnd.after)\n" + after
  }

  /// The first line, up to the number of the dump's format.
  static let title = "-- PoseVault dump of the table poses, format "

  /// Up to the table's first column.
  private static let before = """
    \(title)2
    -- Restore it into an empty database: mysql DATABASE < poses.sql

    SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT;
    SET @OLD_CHARACTER_SET_RESULTS=@@CHARACTER_SET_RESULTS;
    SET @OLD_COLLATION_CONNECTION=@@COLLATION_CONNECTION;
    SET @OLD_TIME_ZONE=@@TIME_ZONE;
    SET @OLD_SQL_MODE=@@SQL_MODE;
    SET NAMES utf8mb4;
    SET TIME_ZONE='+00:00';
    SET SQL_MODE='NO_AUTO_VALUE_ON_ZERO,STRICT_ALL_TABLES';

    CREATE TABLE `poses` (

    """

  static let indexes = [
    ("idx_image_id", "image_id"), ("idx_created_at", "created_at"), ("posevault_id", "id"),
    ("posevault_file_name", "file_name"), ("posevault_corrected_at", "corrected_at"),
  ].map { "  INDEX `\($0)` (`\($1)`)" }

  /// From the table's end to the first statement with rows.
  private static let after = """

    START TRANSACTION;

    """

  /// What comes before the table's columns, from the second line on, and what after its end.
  static let linesBefore = Array(lines(before).dropFirst())
  static let linesAfter = lines(after)

  /// Without their line feeds.
  static func lines(_ text: String) -> [[UInt8]] {
    text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast().map(Array.init)
  }

  /// Before and after the next id, on the line that ends the table's definition. Otherwise the filled table would
  /// continue from its largest id, and assign the ids of deleted rows again.
  static let tableEnd = (before: ") ENGINE=InnoDB AUTO_INCREMENT=", after: " DEFAULT CHARSET=utf8mb4;")

  static let insert = insert(of: DumpColumn.all.map(\.name))

  static func insert(of columns: [String]) -> String {
    "INSERT INTO `poses` (\(columns.map { "`\($0)`" }.joined(separator: ","))) VALUES\n"
  }

  static let footer = """
    COMMIT;

    SET SQL_MODE=@OLD_SQL_MODE;
    SET TIME_ZONE=@OLD_TIME_ZONE;
    SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT;
    SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS;
    SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION;

    -- Dump completed

    """

  /// A statement stays below this unless a single row is longer; a server's `max_allowed_packet` is at least 1 MB.
  static let statementLimit = 1_000_000

  /// The letter after a backslash within quotes for each of these bytes; every other byte stands for itself.
  static let escapes: [(byte: UInt8, letter: UInt8)] = [
    (0x00, UInt8(ascii: "0")), (0x0A, UInt8(ascii: "n")), (0x0D, UInt8(ascii: "r")), (0x1A, UInt8(ascii: "Z")),
    (UInt8(ascii: "\\"), UInt8(ascii: "\\")), (UInt8(ascii: "'"), UInt8(ascii: "'")),
  ]
}
