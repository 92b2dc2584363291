public import ArgumentParser
public import PoseCore

extension PoseFormat: ExpressibleByArgument {
  /// Writes what has just been extracted.
  var writer: any PoseFormatWriter {
    switch self {
    case .jsonl: JSONLinesWriter()
    case .json: JSONArrayWriter()
    case .csv: CSVWriter()
    case .coco: COCOWriter(version: programVersion)
    }
  }

  /// The extension of a file's name.
  var ending: String {
    switch self {
    case .jsonl, .json, .csv: rawValue
    case .coco: "coco.json"
    }
  }
}

extension PoseFormatWriter {
  mutating func picture(_ outcome: PictureOutcome) -> [UInt8] {
    switch outcome.result {
    case .success(let extraction): picture(PicturePoses(outcome.file.name, extraction))
    case .failure(let error): failure(error, of: outcome.file.name)
    }
  }
}
