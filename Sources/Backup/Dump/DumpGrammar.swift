/// The fixed lines of `mysql/poses.sql`, format 1; between them stand rows, each on a line of its own.
///
/// A session setting that is changed is restored at the end. Rows are inserted in one transaction, so that a restore
/// that breaks off leaves an empty table. An existing table is never dropped: the restore then ends with its first
/// statement, and nothing has changed.
enum DumpGrammar {
  /// Up to the first row, with `next` as the id that the table gives next. The table is the one that PoseVault makes
  /// itself, so that it can use what was restored without it.
  ///
  /// `DOUBLE` because `FLOAT` is shown with six digits only. `NULL` is written out because MariaDB before 10.10 else
  /// makes the first TIMESTAMP column NOT NULL.
  static func header(nextID next: Int) -> String {
    """
    -- PoseVault dump of the table poses, format 1
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
      `id` INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
      `image_id` VARCHAR(255) NOT NULL,
      `keypoints` JSON NOT NULL,
      `created_at` TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP,
      `updated_at` TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
      `corrected_at` TIMESTAMP NULL DEFAULT NULL,
      `score` DOUBLE DEFAULT NULL,
      `picture_width` INT DEFAULT NULL,
      `picture_height` INT DEFAULT NULL,
      `file_name` VARCHAR(768) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
      `world_keypoints` JSON DEFAULT NULL,
      `detected_keypoints` JSON DEFAULT NULL,
      INDEX `idx_image_id` (`image_id`),
      INDEX `idx_created_at` (`created_at`),
      INDEX `posevault_id` (`id`),
      INDEX `posevault_file_name` (`file_name`),
      INDEX `posevault_corrected_at` (`corrected_at`)
    \(tableEnd.before)\(next)\(tableEnd.after)

    START TRANSACTION;

    """
  }

  /// Before and after the next id, on the line that ends the table's definition. A table that is filled counts on from
  /// its greatest id, and would give those of rows that are gone again.
  static let tableEnd = (before: ") ENGINE=InnoDB AUTO_INCREMENT=", after: " DEFAULT CHARSET=utf8mb4;")

  static let insert = "INSERT INTO `poses` (\(DumpColumn.all.map { "`\($0.name)`" }.joined(separator: ","))) VALUES\n"

  static let footer = """
    COMMIT;

    SET SQL_MODE=@OLD_SQL_MODE;
    SET TIME_ZONE=@OLD_TIME_ZONE;
    SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT;
    SET CHARACTER_SET_RESULTS=@OLD_CHARACTER_SET_RESULTS;
    SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION;

    -- Dump completed

    """

  /// A statement stays below this unless one row alone is longer; a server's `max_allowed_packet` is at least 1 MB.
  static let statementLimit = 1_000_000

  /// What stands for a byte after a backslash within quotes; every other byte but these stands for itself.
  static let escapes: [(byte: UInt8, letter: UInt8)] = [
    (0x00, UInt8(ascii: "0")), (0x0A, UInt8(ascii: "n")), (0x0D, UInt8(ascii: "r")), (0x1A, UInt8(ascii: "Z")),
    (UInt8(ascii: "\\"), UInt8(ascii: "\\")), (UInt8(ascii: "'"), UInt8(ascii: "'")),
  ]
}
