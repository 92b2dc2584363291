import PoseCore

/// One row per person, ready for `pandas.read_csv`; a picture without people has none.
///
/// Columns: `file, width, height, person, score, box_x … box_height`, then for each landmark `nose_x, nose_y, nose_z,
/// nose_visibility, nose_presence`. `person` counts from 1 in each picture. Quoted as RFC 4180 says.
struct CSVWriter: PoseFormatWriter {
  static let tellsFailures = false

  func begin() -> [UInt8] {
    let picture = ["file", "width", "height", "person", "score", "box_x", "box_y", "box_width", "box_height"]
    let landmarks = Landmark.allCases.flatMap { landmark in
      ["x", "y", "z", "visibility", "presence"].map { "\(landmark.name)_\($0)" }
    }
    return row(picture + landmarks)
  }

  func picture(_ outcome: PictureOutcome) -> [UInt8] {
    guard case .success(let extraction) = outcome.result else { return [] }
    return extraction.poses.enumerated().flatMap { index, pose in
      let counts = [extraction.width, extraction.height, index + 1].map(\.description)
      let box = [pose.score, pose.box.x, pose.box.y, pose.box.width, pose.box.height]
      let landmarks = pose.keypoints.flatMap { [$0.x, $0.y, $0.z, $0.visibility, $0.presence] }
      return row([quoted(outcome.file)] + counts + (box + landmarks).map(\.description))
    }
  }

  func end() -> [UInt8] { [] }

  private func row(_ fields: [String]) -> [UInt8] {
    Array((fields.joined(separator: ",") + "\n").utf8)
  }

  private func quoted(_ text: String) -> String {
    let needsQuotes = text.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
    return needsQuotes
      ? "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"" : text
  }
}
