import Foundation
import PoseCore

/// Poses to store, each different from the others.
enum Sample {
  static func pose(_ number: Int, image: ImageID? = nil, at seconds: Int64 = 1_765_362_600) -> NewPose {
    NewPose(imageID: image ?? .generate(at: seconds), keypoints: keypoints(number), createdAt: seconds)
  }

  /// With everything that is kept beside the keypoints.
  static func detailed(_ number: Int, fileName: String?, at seconds: Int64 = 1_765_362_600) -> NewPose {
    var new = pose(number, at: seconds)
    new.worldKeypoints = keypoints(number + 10_000)
    new.details = PoseDetails(score: 0.9_735_481, pictureWidth: 640, pictureHeight: 425, fileName: fileName)
    return new
  }

  static func poses(_ count: Int) -> [NewPose] {
    (0..<count).map { pose($0) }
  }

  static func keypoints(_ number: Int) -> [UInt8] {
    var generator = SplitMix(state: UInt64(number))
    return KeypointsJSON.bytes(
      of: Landmark.allCases.map { _ in
        Keypoint(
          x: .random(in: -0.5...1.5, using: &generator), y: .random(in: -0.5...1.5, using: &generator),
          z: .random(in: -2...2, using: &generator), visibility: .random(in: 0...1, using: &generator), presence: 1)
      })
  }
}

/// Keypoints as parsed JSON: a database may write its own spaces and order of keys.
struct ParsedKeypoint: Decodable, Equatable {
  var x: Float
  var y: Float
  var z: Float
  var visibility: Float
  var name: String

  static func all(_ json: [UInt8]) throws -> [ParsedKeypoint] {
    try JSONDecoder().decode([ParsedKeypoint].self, from: Data(json))
  }
}

/// A row with its keypoints parsed, for comparing.
struct ParsedPose: Equatable {
  var id: Int
  var imageID: String
  var keypoints: [ParsedKeypoint]
  var createdAt: Int64?
  var updatedAt: Int64?
  var correctedAt: Int64?
  var details: PoseDetails
  var worldKeypoints: [ParsedKeypoint]?
  var detectedKeypoints: [ParsedKeypoint]?

  init(_ record: PoseRecord) throws {
    id = record.id
    imageID = record.imageID
    keypoints = try ParsedKeypoint.all(record.keypoints)
    createdAt = record.createdAt
    updatedAt = record.updatedAt
    correctedAt = record.correctedAt
    details = record.details
    worldKeypoints = try record.worldKeypoints.map(ParsedKeypoint.all)
    detectedKeypoints = try record.detectedKeypoints.map(ParsedKeypoint.all)
  }
}

/// Random numbers that are the same in each run. Source: Steele, Lea and Flood, SplitMix64.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
