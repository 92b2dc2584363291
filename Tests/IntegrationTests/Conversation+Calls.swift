import Foundation
import Testing

/// What the documentation says can be asked, and what it says of failures.
///
/// Afterwards there are the poses 1, 2, 3, 5, 6 and 9; 2 and 3 share their picture, and 5 is corrected.
extension Conversation {
  mutating func everything() async throws {
    try await uploads()
    try await refusedUploads()
    try await lists()
    try await readings()
    try await corrections()
    try await pictures()
    try await deletes()
    try await protocolFailures()
    try await sessions()
    try await exports()
    try await backups()
    try await ask(200, "/poses?limit=1000&include=details,world,corrected,detection")
  }

  /// Poses 1 to 8.
  private mutating func uploads() async throws {
    let hopper = try file("hopper.jpg", TestPictures.bytes("grace_hopper.jpg"))
    let three = try file("three.jpg", TestPictures.bytes("cases/three.jpg"))
    let astronaut = try file("astronaut.png", TestPictures.bytes("astronaut.png"))
    try await ask(201, "/extract-pose", ["-F", "image=@" + hopper])
    let several = try await ask(
      201, "/extract-pose?maxPoses=3&include=world,details",
      ["-F", "note=ignored", "-F", "image=@\(three);filename=\"Zoë 😀 100%_a.jpg\""])
    try #require((several.data["poses"] as? [Any])?.count == 3)
    try await ask(201, "/extract-pose", ["-H", "Content-Type: image/png", "--data-binary", "@" + astronaut])
    try await ask(
      201, "/extract-pose?include=details",
      ["-F", "image=@\(hopper);filename=\"\(String(repeating: "ä", count: 300)).jpg\""])
    try await ask(201, "/extract-pose", ["-H", "Transfer-Encoding: chunked", "--data-binary", "@" + hopper])
    try await ask(201, "/extract-pose?maxPoses=1", ["-H", "Expect: 100-continue", "-F", "image=@" + hopper])
    try await ask(
      200, "/extract-pose?maxPoses=3&include=details&duplicate=skip",
      ["-F", "image=@\(three);filename=\"Zoë 😀 100%_a.jpg\""])
  }

  private mutating func refusedUploads() async throws {
    let hopper = try TestPictures.bytes("grace_hopper.jpg")
    try await ask(400, "/extract-pose", ["-F", "picture=@" + file("hopper.jpg", hopper)], code: "IMAGE_MISSING")
    try await ask(400, "/extract-pose", ["-X", "POST"], code: "IMAGE_MISSING")
    try await ask(400, "/extract-pose?maxPoses=0", ["-F", "image=@" + file("hopper.jpg", hopper)], code: "BAD_REQUEST")
    let large = try file("large.jpg", hopper + [UInt8](repeating: 0, count: 1 << 20))
    try await ask(413, "/extract-pose", ["-F", "image=@" + large], code: "IMAGE_TOO_LARGE")
    try await ask(413, "/extract-pose", ["--data-binary", "@" + large], code: "IMAGE_TOO_LARGE")
    let wide = try file("wide.jpg", Self.enlarged(hopper))
    try await ask(413, "/extract-pose", ["-F", "image=@" + wide], code: "IMAGE_TOO_LARGE")
    let text = try file("text.jpg", Array("no picture".utf8))
    try await ask(415, "/extract-pose", ["-F", "image=@" + text], code: "UNSUPPORTED_IMAGE")
    let half = try file("half.jpg", Array(hopper[..<(hopper.count / 2)]))
    try await ask(415, "/extract-pose", ["-F", "image=@" + half], code: "CORRUPT_IMAGE")
    let cat = try file("cat.png", TestPictures.bytes("chelsea.png"))
    try await ask(422, "/extract-pose", ["-F", "image=@" + cat], code: "NO_PERSON_FOUND")
    try await ask(422, "/extract-pose?maxPoses=3", ["--data-binary", "@" + cat], code: "NO_PERSON_FOUND")
  }

  private mutating func lists() async throws {
    for query in [
      "", "?page=2&limit=3", "?page=9", "?page=922337203685477580&limit=1000", "?limit=1000", "?after=4&limit=2",
      "?after=1", "?after=9223372036854775807&limit=1", "?include=details,world,corrected,detection",
      "?fileName=ZO%C3%AB", "?fileName=%F0%9F%98%80", "?fileName=%25_A", "?fileName=zo%C3%8B", "?fileName=%C3%A4%C3%A4",
      "?fileName=.jpg%20", "?fileName=%5C", "?fileName=%27", "?corrected=true", "?corrected=false", "?to=2020-01-01",
      "?from=2020-01-01", "?from=2020-01-01T00:00:00Z&fileName=hopper&corrected=false&limit=1",
      "?from=1970-01-01&to=9999-12-31", "?imageId=65f1a2b3c4d5e6f708192a3b",
    ] {
      try await ask(200, "/poses" + query)
    }
    let group = try await ask(200, "/poses/2").imageID
    let people = try await ask(200, "/poses?imageId=\(group.uppercased())")
    #expect((people.data["poses"] as? [[String: Any]])?.compactMap { $0["id"] as? Int } == [4, 3, 2])
    for query in [
      "limit=0", "limit=1001", "limit=ten", "page=0", "page=-1", "page=1&after=1", "after=0", "include=everything",
      "corrected=maybe", "from=yesterday", "imageId=1",
    ] {
      try await ask(400, "/poses?" + query, code: "BAD_REQUEST")
    }
  }

  private mutating func readings() async throws {
    let pose = try await ask(200, "/poses/1")
    try await ask(304, "/poses/1", ["-H", "If-None-Match: \(pose.tag)"])
    try await ask(304, "/poses/1", ["-H", "If-None-Match: \"other\", W/\(pose.tag)"])
    try await ask(200, "/poses/1", ["-H", "If-None-Match: \"other\""])
    try await ask(200, "/poses/2?include=details,world,corrected,detection")
    try await ask(200, "/poses/1", ["--head"])
    for id in ["999", "2147483648", "9223372036854775807"] { try await ask(404, "/poses/" + id, code: "NOT_FOUND") }
    for id in ["0", "-1", "one", "92233720368547758080", "1%00"] {
      try await ask(400, "/poses/" + id, code: "BAD_REQUEST")
    }
    try await ask(400, "/poses/1?include=all", code: "BAD_REQUEST")
    try await ask(200, "/poses/2/overlay?size=64")
    try await ask(200, "/poses/2/overlay", ["-H", "Accept: image/svg+xml"])
    let overlay = try await ask(200, "/poses/1/overlay", ["-H", "Accept: image/svg+xml;q=0.5, image/png"])
    #expect(overlay.headers["content-type"] == "image/png")
    try await ask(304, "/poses/1/overlay", ["-H", "If-None-Match: \(overlay.tag)"])
    for size in ["15", "4097", "large"] {
      try await ask(400, "/poses/2/overlay?size=" + size, code: "BAD_REQUEST")
    }
    try await ask(400, "/poses/none/overlay", code: "BAD_REQUEST")
    try await ask(404, "/poses/999/overlay", code: "NOT_FOUND")
    try await ask(200, "/session")
    try await ask(200, "/health", hiding: ["mysql", "mongodb", "storage", "disk"])
    try await ask(200, "/health/live")
  }

  private mutating func corrections() async throws {
    let pose = try await ask(200, "/poses/3")
    var keypoints = pose.keypoints
    for (index, value) in [0.25, -0.0, 1e-7, 123456.789, -16777216, 3.4e38, 1.17549435e-38, 0.1].enumerated() {
      keypoints[index]["x"] = value
      keypoints[index]["visibility"] = index % 2
    }
    // in another order, and with a field that nobody knows
    let put = try Self.json("PUT", ["keypoints": Array(keypoints.reversed()), "more": 1])
    let corrected = try await ask(200, "/poses/3", put + ["-H", "If-Match: \(pose.tag)"])
    #expect(corrected.keypoints[3]["x"] as? Double == 123456.79)
    #expect(corrected.tag != pose.tag)
    try await ask(412, "/poses/3", put + ["-H", "If-Match: \(pose.tag)"], code: "PRECONDITION_FAILED")
    try await ask(412, "/poses/3", put + ["-H", "If-Match: W/\(corrected.tag)"], code: "PRECONDITION_FAILED")
    try await ask(200, "/poses/3?include=corrected", put + ["-H", "If-Match: *"])
    try await ask(200, "/poses/3", put)
    try await ask(200, "/poses/3?include=details,world,corrected,detection")
    try await ask(200, "/poses?corrected=true&include=corrected")
    for id in ["999", "2147483648"] { try await ask(404, "/poses/" + id, put, code: "NOT_FOUND") }
    try await ask(400, "/poses/none", put, code: "BAD_REQUEST")

    try await ask(412, "/poses/3/revert", ["-X", "POST", "-H", "If-Match: \(pose.tag)"], code: "PRECONDITION_FAILED")
    let reverted = try await ask(200, "/poses/3/revert?include=corrected,detection", ["-X", "POST"])
    #expect(reverted.keypoints.map { $0["x"] as? Double } == pose.keypoints.map { $0["x"] as? Double })
    try await ask(200, "/poses/3/revert", ["-X", "POST"])
    try await ask(404, "/poses/999/revert", ["-X", "POST"], code: "NOT_FOUND")
    // one that stays corrected
    try await ask(200, "/poses/5", put)
    try await faultyCorrections(keypoints)
  }

  private mutating func faultyCorrections(_ keypoints: [[String: Any]]) async throws {
    func changed(_ field: String, _ value: Any) -> [String: Any] {
      var copy = keypoints
      copy[7][field] = value
      return ["keypoints": copy]
    }
    for body in [
      [:], ["keypoints": "all"], ["keypoints": Array(keypoints.dropLast())], changed("name", "nose"),
      changed("name", "tail"),
      changed("visibility", 1.01), changed("visibility", -0.1), changed("x", "left"), changed("y", 1e39),
      changed("z", NSNull()),
    ] {
      try await ask(400, "/poses/1", Self.json("PUT", body), code: "VALIDATION_FAILED")
    }
    for text in ["", "{", "[]", #"{"keypoints":[NaN]}"#] {
      try await ask(
        400, "/poses/1", ["-X", "PUT", "-H", "Content-Type: application/json", "-d", text], code: "VALIDATION_FAILED")
    }
    let long = try file("long.json", [UInt8](repeating: 32, count: 70_000))
    try await ask(413, "/poses/1", ["-X", "PUT", "--data-binary", "@" + long], code: "BODY_TOO_LARGE")
  }

  private mutating func pictures() async throws {
    let image = "/images/" + (try await ask(200, "/poses/5")).imageID
    let original = try TestPictures.bytes("astronaut.png")
    let whole = try await ask(200, image)
    #expect(whole.body == original)
    #expect(whole.headers["content-type"] == "image/png")
    // chunks of GridFS have 255 KiB
    for (range, part) in [
      ("0-0", 0..<1), ("0-99", 0..<100), ("261119-261120", 261_119..<261_121), ("100000-600000", 100_000..<600_001),
      ("791000-", 791_000..<original.count), ("791000-9999999", 791_000..<original.count),
      ("-5", original.count - 5..<original.count),
    ] {
      let answer = try await ask(206, image, ["-H", "Range: bytes=\(range)"])
      #expect(answer.body == Array(original[part]), "\(range)")
    }
    for range in ["bytes=791555-", "bytes=-0"] {
      try await ask(416, image, ["-H", "Range: \(range)"], code: "RANGE_NOT_SATISFIABLE")
    }
    for range in ["bytes=5-2", "lines=1-2", "bytes=0-1,5-6"] { try await ask(200, image, ["-H", "Range: \(range)"]) }
    try await ask(206, image, ["-H", "Range: bytes=0-9", "-H", "If-Range: \(whole.tag)"])
    try await ask(200, image, ["-H", "Range: bytes=0-9", "-H", "If-Range: \"other\""])
    try await ask(304, image, ["-H", "If-None-Match: \(whole.tag)"])
    try await ask(304, image, ["-H", "If-Modified-Since: \(whole.headers["last-modified"] ?? "")"])
    try await ask(200, image, ["--head"])
    try await ask(200, "/images/" + image.dropFirst(8).uppercased())
    try await ask(200, image + "/thumbnail?size=64")
    let thumbnail = try await ask(200, image + "/thumbnail")
    #expect(thumbnail.headers["content-type"] == "image/jpeg")
    try await ask(304, image + "/thumbnail", ["-H", "If-None-Match: \(thumbnail.tag)"])
    for size in ["9", "1025"] { try await ask(400, image + "/thumbnail?size=" + size, code: "BAD_REQUEST") }
    let rendition = try await ask(200, image + "/rendition?size=64")
    #expect(rendition.headers["content-type"] == "image/jpeg")
    for path in ["", "/thumbnail", "/rendition"] {
      try await ask(404, "/images/65f1a2b3c4d5e6f708192a3b" + path, code: "NOT_FOUND")
      try await ask(400, "/images/65f1a2b3c4d5e6f708192a3" + path, code: "BAD_REQUEST")
    }
  }

  private mutating func deletes() async throws {
    let delete = ["-X", "DELETE"]
    let pose = try await ask(200, "/poses/7")
    try await ask(412, "/poses/7", delete + ["-H", "If-Match: \"other\""], code: "PRECONDITION_FAILED")
    try await ask(200, "/poses/7", delete + ["-H", "If-Match: \(pose.tag)"])
    try await ask(404, "/poses/7", code: "NOT_FOUND")
    try await ask(404, "/images/" + pose.imageID, code: "NOT_FOUND")
    try await ask(404, "/poses/7", delete, code: "NOT_FOUND")
    try await ask(404, "/poses/2147483648", delete, code: "NOT_FOUND")
    try await ask(400, "/poses/seven", delete, code: "BAD_REQUEST")
    // the newest, whose id must not come back
    let newest = try await ask(200, "/poses/8")
    try await ask(200, "/poses/8", delete)
    try await ask(404, "/images/" + newest.imageID, code: "NOT_FOUND")
    let next = try await ask(201, "/extract-pose", ["-F", "image=@\(curl.folder)/hopper.jpg"])
    #expect(next.data["id"] as? Int == 9)
    // one of three persons: the picture stays
    let shared = try await ask(200, "/poses/4")
    try await ask(200, "/poses/4", delete)
    try await ask(200, "/images/" + shared.imageID)
    try await ask(200, "/poses?limit=2")
  }

  private mutating func protocolFailures() async throws {
    try await ask(401, "/poses", code: "UNAUTHORIZED", key: "")
    try await ask(401, "/poses", code: "UNAUTHORIZED", key: "wrong")
    try await ask(200, "/health", key: "", hiding: ["mysql", "mongodb", "storage", "disk"])
    try await ask(403, "/poses", ["-H", "Host: example.org"], code: "FORBIDDEN")
    try await ask(403, "/poses/1", ["-X", "DELETE", "-H", "Origin: https://example.org"], code: "FORBIDDEN")
    try await ask(404, "/nothing", code: "NOT_FOUND")
    for (path, method) in [
      ("/poses", "POST"), ("/poses/1", "PATCH"), ("/extract-pose", "GET"), ("/images/1", "PUT"), ("/health", "DELETE"),
      ("/poses/1/revert", "GET"), ("/poses/1/overlay", "PUT"), ("/images/1/thumbnail", "POST"),
    ] {
      let answer = try await ask(405, path, ["-X", method], code: "METHOD_NOT_ALLOWED")
      #expect(answer.headers["allow"]?.isEmpty == false)
    }
    try await ask(417, "/poses", ["-H", "Expect: more"], code: "EXPECTATION_FAILED")
    try await ask(501, "/poses", ["-X", "PURGE"], code: "NOT_IMPLEMENTED")
  }

  /// A JPEG whose frame claims 30,000 × 30,000 pixels.
  private static func enlarged(_ jpeg: [UInt8]) throws -> [UInt8] {
    // T.81, B.2.2: a frame's header is a marker, length, precision, height and width
    let frame = try #require(
      jpeg.indices.dropLast(9).first { jpeg[$0] == 0xFF && [0xC0, 0xC2].contains(jpeg[$0 + 1]) })
    return jpeg[..<(frame + 5)] + [0x75, 0x30, 0x75, 0x30] + jpeg[(frame + 9)...]
  }
}
