import PoseCore

/// A row's value in one column.
enum ColumnValue: Sendable, Hashable {
  case null
  case integer(Int)
  case single(Float)
  /// In seconds since 1970.
  case time(Int64)
  case text([UInt8])
}

/// A column of the dump.
struct DumpColumn: Sendable {
  enum Kind: Sendable { case integer, single, time, text }

  let name: String
  let kind: Kind
  let isNullable: Bool
  private let type: String

  private init(_ name: String, _ kind: Kind, _ type: String, isNullable: Bool = true) {
    self.name = name
    self.kind = kind
    self.type = type
    self.isNullable = isNullable
  }

  /// As in `CREATE TABLE`.
  ///
  /// - Parameter isWide: whether ids need 64 bits.
  func definition(isWide: Bool) -> String { isID && isWide ? "BIG" + type : type }

  var isID: Bool { name == "id" }

  /// In their order in the dump and in ``PoseRecord/values``.
  ///
  /// `DOUBLE` because `FLOAT` is displayed with only six digits. `NULL` is explicit because otherwise MariaDB before
  /// 10.10 makes the first TIMESTAMP column NOT NULL.
  static let all = [
    DumpColumn("id", .integer, "INT NOT NULL AUTO_INCREMENT PRIMARY KEY", isNullable: false),
    DumpColumn("image_id", .text, "VARCHAR(255) NOT NULL", isNullable: false),
    DumpColumn("keypoints", .text, "JSON NOT NULL", isNullable: false),
    DumpColumn("created_at", .time, "TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP"),
    DumpColumn(
      "updated_at", .time, "TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP"),
    DumpColumn("corrected_at", .time, "TIMESTAMP NULL DEFAULT NULL"),
    DumpColumn("score", .single, "DOUBLE DEFAULT NULL"), DumpColumn("picture_width", .integer, "INT DEFAULT NULL"),
    DumpColumn("picture_height", .integer, "INT DEFAULT NULL"),
    DumpColumn("file_name", .text, "VARCHAR(768) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL"),
    DumpColumn("world_keypoints", .text, "JSON DEFAULT NULL"),
    DumpColumn("detected_keypoints", .text, "JSON DEFAULT NULL"),
  ]
}

extension PoseRecord {
  /// In the order of ``DumpColumn/all``.
  var values: [ColumnValue] {
    func text(_ text: String) -> ColumnValue { .text(Array(text.utf8)) }
    return [
      .integer(id), text(imageID), .text(keypoints), createdAt.map(ColumnValue.time) ?? .null,
      updatedAt.map(ColumnValue.time) ?? .null, correctedAt.map(ColumnValue.time) ?? .null,
      details.score.map(ColumnValue.single) ?? .null, details.pictureWidth.map(ColumnValue.integer) ?? .null,
      details.pictureHeight.map(ColumnValue.integer) ?? .null, details.fileName.map(text) ?? .null,
      worldKeypoints.map(ColumnValue.text) ?? .null, detectedKeypoints.map(ColumnValue.text) ?? .null,
    ]
  }

  /// nil if the values are not those of a row.
  init?(values: [ColumnValue]) {
    guard values.count == DumpColumn.all.count, let id = values[0].integer, let imageID = values[1].string,
      case .text(let keypoints) = values[2]
    else { return nil }
    let fileName = values[9].string
    self.init(
      id: id, imageID: imageID, keypoints: keypoints, createdAt: values[3].time, updatedAt: values[4].time,
      correctedAt: values[5].time,
      details: PoseDetails(
        score: values[6].single, pictureWidth: values[7].integer, pictureHeight: values[8].integer, fileName: fileName),
      worldKeypoints: values[10].bytes, detectedKeypoints: values[11].bytes)
    // what doesn't come back as it was would be lost without a word
    guard self.values == values else { return nil }
  }
}

extension ColumnValue {
  fileprivate var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  fileprivate var single: Float? { if case .single(let number) = self { number } else { nil } }
  fileprivate var time: Int64? { if case .time(let seconds) = self { seconds } else { nil } }
  fileprivate var bytes: [UInt8]? { if case .text(let bytes) = self { bytes } else { nil } }
  fileprivate var string: String? { bytes.flatMap { String(validating: $0, as: UTF8.self) } }
}
