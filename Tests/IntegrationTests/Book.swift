import Foundation
import Testing

/// What a server has acknowledged, and what was under way when it was killed.
actor Book {
  struct Pose: Sendable {
    var picture: Int
    var imageID: String
    /// The keypoints as acknowledged at the upload, as a JSON array.
    var original: Data
    /// The nose's x that the row may have; nil stands for the original one.
    var allowed: [Float?] = [nil]
    var isBusy = false
    /// A delete was begun, perhaps done.
    var mayBeGone = false
    /// A delete was acknowledged.
    var isGone = false

    func keypoints(x: Float?) throws -> [[String: Any]] {
      var keypoints = try #require(try JSONSerialization.jsonObject(with: original) as? [[String: Any]])
      if let x { keypoints[0]["x"] = Double(x.description) ?? .nan }
      return keypoints
    }
  }

  enum Change {
    case delete
    case edit(Float)
  }

  private(set) var poses: [Int: Pose] = [:]
  private(set) var unacknowledgedUploads = 0
  private var pictures = 0

  func beginUpload() -> Int {
    unacknowledgedUploads += 1
    pictures += 1
    return pictures
  }

  func acknowledgeUpload(_ picture: Int, _ response: HTTPClient.Response) throws {
    let data = try #require(response.json["data"] as? [String: Any])
    let id = try #require(data["id"] as? Int)
    #expect(poses[id] == nil, "id \(id) was used twice")
    unacknowledgedUploads -= 1
    poses[id] = Pose(
      picture: picture, imageID: try #require(data["imageId"] as? String),
      original: try JSONSerialization.data(withJSONObject: try #require(data["keypoints"])))
  }

  /// Picks a pose that nobody else changes now.
  func begin(_ change: Change) -> Int? {
    guard let id = poses.filter({ !$1.isBusy && !$1.mayBeGone }).keys.randomElement() else { return nil }
    poses[id]?.isBusy = true
    switch change {
    case .delete: poses[id]?.mayBeGone = true
    case .edit(let x): poses[id]?.allowed.append(x)
    }
    return id
  }

  /// The body of a request that edits the pose.
  func edit(_ id: Int, x: Float) throws -> [UInt8] {
    Array(try JSONSerialization.data(withJSONObject: ["keypoints": try #require(poses[id]).keypoints(x: x)]))
  }

  func acknowledgeDelete(_ id: Int) {
    poses[id]?.isGone = true
  }

  func acknowledgeEdit(_ id: Int, x: Float) {
    poses[id]?.isBusy = false
    poses[id]?.allowed.removeAll { $0 != x }
  }
}
