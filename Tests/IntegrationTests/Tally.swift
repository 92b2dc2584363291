import Foundation
import Testing

/// What several servers have acknowledged to several clients, who change the same poses at the same time.
actor Tally {
  struct Pose: Sendable {
    var picture: Int
    var imageID: String
    /// How many edits were acknowledged. Each adds 1 to the nose's x, rounded down, so a lost one shows.
    var edits = 0
    /// Somebody has asked to delete it.
    var mayBeGone = false
    /// How often a delete was acknowledged.
    var deletes = 0
  }

  private(set) var poses: [Int: Pose] = [:]
  private(set) var conflicts = 0
  private var picturesLeft: Int

  init(pictures: Int) {
    picturesLeft = pictures
  }

  /// The number of the next picture to upload; nil when all are.
  func nextPicture() -> Int? {
    guard picturesLeft > 0 else { return nil }
    picturesLeft -= 1
    return picturesLeft
  }

  func acknowledgeUpload(_ picture: Int, _ response: HTTPClient.Response) throws {
    let data = try #require(response.json["data"] as? [String: Any])
    let id = try #require(data["id"] as? Int)
    #expect(poses[id] == nil, "id \(id) was used twice")
    poses[id] = Pose(picture: picture, imageID: try #require(data["imageId"] as? String))
  }

  /// One of the latest poses: the fewer, the more often two clients choose the same one.
  func choose() -> Int? {
    poses.filter { !$1.mayBeGone }.keys.sorted(by: >).prefix(4).randomElement()
  }

  func beginDelete(_ id: Int) { poses[id]?.mayBeGone = true }
  func acknowledgeDelete(_ id: Int) { poses[id]?.deletes += 1 }
  func acknowledgeEdit(_ id: Int) { poses[id]?.edits += 1 }
  func countConflict() { conflicts += 1 }
  func mayBeGone(_ id: Int) -> Bool { poses[id]?.mayBeGone ?? false }
}
