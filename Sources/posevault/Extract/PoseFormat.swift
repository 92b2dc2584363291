import ArgumentParser

/// The forms that `extract` writes.
enum PoseFormat: String, CaseIterable, ExpressibleByArgument {
  case jsonl, json, csv, coco

  var writer: any PoseFormatWriter {
    switch self {
    case .jsonl: JSONLinesWriter()
    case .json: JSONArrayWriter()
    case .csv: CSVWriter()
    case .coco: COCOWriter()
    }
  }
}

/// Writes one picture after the other, so that memory stays small however many there are.
protocol PoseFormatWriter: Sendable {
  /// Whether a picture that failed is told in the output; else it is told on standard error.
  static var tellsFailures: Bool { get }

  mutating func begin() -> [UInt8]
  mutating func picture(_ outcome: PictureOutcome) -> [UInt8]
  mutating func end() -> [UInt8]
}
