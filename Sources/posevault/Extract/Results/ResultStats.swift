import Foundation
import PoseCore

/// What `….stats.json` records next to a result: how it was made, which tells a later run that it is done.
struct ResultStats: Codable, Sendable, Equatable {
  struct Input: Codable, Sendable, Equatable {
    let bytes: Int
    let sha256: String
    /// As ``InputDigest/mark``.
    let mark: String?
  }

  struct Output: Codable, Sendable, Equatable {
    /// The name of the file next to this one.
    let file: String
    let bytes: Int
    let sha256: String
  }

  /// How many pictures there are of each kind.
  struct Outcomes: Codable, Sendable, Equatable {
    /// With people in them.
    var ok = 0
    var nobody = 0
    var unsupported = 0
    var corrupt = 0
    var tooLarge = 0

    enum CodingKeys: String, CodingKey {
      case ok, nobody, unsupported, corrupt
      case tooLarge = "too_large"
    }
  }

  /// What the lines of a result depend on besides the input.
  struct Making: Codable, Sendable, Equatable {
    /// The program's version.
    let program: String
    let models: ModelDigests
    let options: Options
  }

  struct Options: Codable, Sendable, Equatable {
    let format: String
    let maxPoses: Int
    let maxUploadBytes: Int
    let maxPixels: Int
    /// Whether pictures with their skeletons were drawn, too.
    let overlay: Bool
    /// Supported picture formats.
    let formats: [String]
  }

  /// Of this file's format.
  var version = 1
  let input: Input
  let output: Output
  let making: Making
  let pictures: Int
  let people: Int
  let outcomes: Outcomes
  /// Skipped members of a tar.
  let passedOver: Int
  let seconds: Double
  /// ISO 8601, UTC.
  let finishedAt: String

  init(
    _ input: InputDigest, output: Output, making: Making, tally: ResultTally, passedOver: Int, seconds: Double
  ) {
    self.input = Input(bytes: input.bytes, sha256: input.sha256, mark: input.mark)
    self.output = output
    self.making = making
    pictures = tally.pictures
    people = tally.people
    outcomes = tally.outcomes
    self.passedOver = passedOver
    self.seconds = (seconds * 1000).rounded() / 1000
    finishedAt = Date().formatted(.iso8601)
  }

  /// nil if it is invalid, as an older program or somebody else may have left it.
  init?(json: [UInt8]) {
    guard let stats = try? JSONDecoder().decode(Self.self, from: Data(json)), stats.version == 1 else { return nil }
    self = stats
  }

  func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try Array(encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}

/// SHA-256 of the models' files.
struct ModelDigests: Codable, Sendable, Equatable {
  let detector: String
  let landmarks: String
}

/// Counts the pictures of one input.
struct ResultTally: Sendable, Equatable {
  private(set) var outcomes = ResultStats.Outcomes()
  private(set) var pictures = 0
  private(set) var people = 0

  /// Throws anything that is not a property of the picture, and may be temporary.
  mutating func add(_ outcome: PictureOutcome) throws {
    switch outcome.result {
    case .success(let extraction):
      if let failure = outcome.overlayFailure { throw failure }
      if extraction.poses.isEmpty { outcomes.nobody += 1 } else { outcomes.ok += 1 }
      people += extraction.poses.count
    case .failure(let error):
      switch error.code {
      case .unsupportedImage: outcomes.unsupported += 1
      case .corruptImage: outcomes.corrupt += 1
      case .imageTooLarge: outcomes.tooLarge += 1
      default: throw error
      }
    }
    pictures += 1
  }
}
