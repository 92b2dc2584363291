import Foundation
import Testing

/// Uploads, edits and deletes, and whether what was acknowledged of them is there.
struct Workload: Sendable {
  private let book = Book()

  /// Works until the server is gone or the task is cancelled. Every answer must be a success or, with
  /// `through503`, say that the storage is not there; what it answered is kept in the book.
  func run(_ client: HTTPClient, through503: Bool = false) async throws {
    do {
      while !Task.isCancelled {
        let status = try await step(client)
        guard status == 503 else { continue }
        try #require(through503)
        // what was asked for stays unacknowledged in the book
        try? await Task.sleep(for: .milliseconds(50))
      }
    } catch is HTTPClient.Disconnected {
      // the same
    }
  }

  private func step(_ client: HTTPClient) async throws -> Int {
    switch Int.random(in: 0..<4) {
    case 0:
      guard let id = await book.begin(.delete) else { return 200 }
      let response = try await client.send("DELETE", "/api/poses/\(id)")
      if try Self.isDone(response, 200) { await book.acknowledgeDelete(id) }
      return response.status
    case 1:
      let x = Float.random(in: 0...1)
      guard let id = await book.begin(.edit(x)) else { return 200 }
      let response = try await client.send(
        "PUT", "/api/poses/\(id)", headers: ["Content-Type": "application/json"], body: book.edit(id, x: x))
      if try Self.isDone(response, 200) { await book.acknowledgeEdit(id, x: x) }
      return response.status
    default:
      let number = await book.beginUpload()
      let response = try await client.send(
        "POST", "/api/extract-pose", headers: ["Content-Type": "image/jpeg"], body: TestPictures.distinct(number))
      if try Self.isDone(response, 201) { try await book.acknowledgeUpload(number, response) }
      return response.status
    }
  }

  /// Whether it was; only a storage that is not there may be the reason why not.
  private static func isDone(_ response: HTTPClient.Response, _ status: Int) throws -> Bool {
    if response.status == 503 {
      let error = response.json["error"] as? [String: Any]
      try #require(error?["code"] as? String == "STORAGE_UNAVAILABLE", "\(response.json)")
      return false
    }
    try #require(response.status == status, "\(String(decoding: response.body, as: UTF8.self))")
    return true
  }

  /// Waits until it has that many more poses, however slow the machine is; throws after three minutes.
  func grow(by count: Int) async throws {
    let (goal, end) = (await uploads + count, ContinuousClock.now + .seconds(180))
    while await uploads < goal {
      try #require(ContinuousClock.now < end, "the load does not go on")
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  /// How many uploads were acknowledged.
  var uploads: Int {
    get async { await book.poses.count }
  }

  /// Reads everything back through the API and compares it with the book.
  ///
  /// - Parameters:
  ///   - othersMayExist: poses that others have uploaded.
  ///   - picturesMayStay: behind poses that were deleted just when the pictures' database went away.
  func check(_ client: HTTPClient, othersMayExist: Bool = false, picturesMayStay: Bool = false) async throws {
    let rows = try await client.poses()
    let poses = await book.poses
    var unexpected = 0
    for (id, row) in rows {
      let imageID = try #require(row["imageId"] as? String)
      let image = try await client.send("GET", "/api/images/\(imageID)")
      #expect(image.status == 200, "pose \(id) has lost its picture")
      guard let pose = poses[id] else {
        unexpected += 1
        continue
      }
      #expect(imageID == pose.imageID)
      #expect(image.body == (try TestPictures.distinct(pose.picture)), "the picture of pose \(id) has changed")
      let keypoints = try #require(row["keypoints"] as? NSArray)
      let allowed = try pose.allowed.map { try pose.keypoints(x: $0) as NSArray }
      #expect(allowed.contains(keypoints), "the keypoints of pose \(id) are neither the old ones nor the new ones")
    }
    for (id, pose) in poses where rows[id] == nil {
      #expect(pose.mayBeGone, "pose \(id) is lost")
      // of a delete under way the row may be gone, and the picture still there
      guard pose.isGone else { continue }
      #expect(try await client.send("GET", "/api/poses/\(id)").status == 404)
      let picture = try await client.send("GET", "/api/images/\(pose.imageID)").status
      #expect(picture == 404 || picturesMayStay)
    }
    #expect(poses.allSatisfy { !$1.isGone || rows[$0] == nil }, "a deleted pose has come back")
    if !othersMayExist { #expect(await unexpected <= book.unacknowledgedUploads) }
    print("\(poses.count) acknowledged uploads, \(unexpected) unacknowledged ones stored")
  }
}
