/// The formats in which poses are written to files.
public enum PoseFormat: String, Sendable, CaseIterable {
  case jsonl, json, csv, coco
}

/// Writes one picture after the other, so that memory stays small however many there are.
public protocol PoseFormatWriter: Sendable {
  /// Whether failed pictures appear in the output.
  static var tellsFailures: Bool { get }

  mutating func begin() -> [UInt8]
  mutating func picture(_ picture: PicturePoses) -> [UInt8]
  mutating func failure(_ error: PoseVaultError, of file: PictureName) -> [UInt8]
  mutating func end() -> [UInt8]
}
