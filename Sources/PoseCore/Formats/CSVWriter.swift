/// One row per person, ready for `pandas.read_csv`; a picture without people has none.
///
/// Columns: `file, width, height, person, score, box_x … box_height`, then for each landmark `nose_x, nose_y, nose_z,
/// nose_visibility, nose_presence`. `person` counts from 1 in each picture. People from a storage have more columns at
/// the end: `id, image_id, corrected`, and for each landmark `nose_corrected`, 0 or 1. Unknown values are empty.
/// Quoting follows RFC 4180; text that a spreadsheet would take for a formula is preceded by an apostrophe, as OWASP
/// recommends.
public struct CSVWriter: PoseFormatWriter {
  public static let tellsFailures = false
  private let areStored: Bool

  /// - Parameter areStored: whether the people come from a storage.
  public init(areStored: Bool = false) { self.areStored = areStored }

  public func begin() -> [UInt8] {
    let picture = ["file", "width", "height", "person", "score", "box_x", "box_y", "box_width", "box_height"]
    let landmarks = Landmark.allCases.flatMap { landmark in
      ["x", "y", "z", "visibility", "presence"].map { "\(landmark.name)_\($0)" }
    }
    let stored = ["id", "image_id", "corrected"] + Landmark.allCases.map { "\($0.name)_corrected" }
    return row(picture + landmarks + (areStored ? stored : []))
  }

  public func picture(_ picture: PicturePoses) -> [UInt8] {
    picture.people.enumerated().flatMap { index, person in
      let box = person.box
      var fields = [
        quoted(picture.file), text(picture.width), text(picture.height), "\(index + 1)", text(person.score),
      ]
      fields += [box.x, box.y, box.width, box.height].map(\.description)
      for keypoint in person.keypoints {
        fields += [keypoint.x, keypoint.y, keypoint.z, keypoint.visibility].map(\.description)
        fields.append(person.hasPresence ? keypoint.presence.description : "")
      }
      if areStored {
        fields += [
          text(person.stored?.id), quoted(picture.imageID ?? ""), text(person.stored.map { $0.isCorrected ? 1 : 0 }),
        ]
        fields += person.corrections?.map { $0 ? "1" : "0" } ?? Landmark.allCases.map { _ in "" }
      }
      return row(fields)
    }
  }

  public func failure(_ error: PoseVaultError, of file: PictureName) -> [UInt8] { [] }

  public func end() -> [UInt8] { [] }

  private func row(_ fields: [String]) -> [UInt8] {
    Array((fields.joined(separator: ",") + "\n").utf8)
  }

  private func text(_ value: (some CustomStringConvertible)?) -> String { value?.description ?? "" }

  /// The full-width ones are read like their ASCII equivalents in Japanese text.
  private static let formulaStarts: Set<Unicode.Scalar> = [
    "=", "+", "-", "@", "\t", "\r", "\n", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
  ]

  private func quoted(_ text: String) -> String {
    let isFormula = text.unicodeScalars.first.map { Self.formulaStarts.contains($0) } ?? false
    let text = isFormula ? "'" + text : text
    let needsQuotes =
      isFormula || text.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
    guard needsQuotes else { return text }
    // by scalars, as readers see it: beside a combining mark, a quote is no character of its own
    var quoted = String.UnicodeScalarView("\"".unicodeScalars)
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted.append(scalar) }
      quoted.append(scalar)
    }
    quoted.append("\"")
    return String(quoted)
  }
}
