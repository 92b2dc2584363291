import Foundation
import TestServers
import Testing

@Suite("With and without databases", .serialized)
struct SameAnswersTests {
  /// Limits that small files exceed, too.
  private static let settings = [
    // what is deleted is gone from the archives, too
    "TRASH_DAYS": "0",
    "API_KEY": "only-a-test-has-this-key", "MAX_UPLOAD_MB": "1", "MAX_MEGAPIXELS": "1", "WORKERS": "1",
    "CRON_SCHEDULE": "0 0 31 2 *",
  ]

  @Test(
    "the same calls get the same answers, and MySQL's client and pymongo read what was answered",
    arguments: MySQLServer.available)
  func answers(_ flavor: MySQLServer.Flavor) async throws {
    try await withTemporaryFolder { folder in
      let databases = try await Databases.start(flavor)
      async let one = Self.converse(in: folder + "/embedded", [:]) { conversation in
        let health = try await conversation.curl.send("/health", [])
        #expect(
          Self.stores(health) == ["mysql": "not configured", "mongodb": "not configured", "storage": "connected"])
      }
      async let other = Self.converse(in: folder + "/databases", databases.settings) { conversation in
        let health = try await conversation.curl.send("/health", [])
        #expect(Self.stores(health) == ["mysql": "connected", "mongodb": "connected"])
        try await Self.readBack(conversation.curl, databases)
      }
      let (embedded, stored) = (try await one, try await other)
      try #require(embedded.count == stored.count)
      for (embedded, stored) in zip(embedded, stored) { #expect(stored == embedded) }
    }
  }

  /// All answers of a new server.
  private static func converse(
    in folder: String, _ settings: [String: String], afterwards: (Conversation) async throws -> Void
  ) async throws -> [Answer] {
    let server = try await ServerProcess.start(in: folder, settings: Self.settings.merging(settings) { $1 })
    var conversation = Conversation(
      Curl(port: server.client.port, folder: folder, key: try #require(Self.settings["API_KEY"])))
    try await conversation.everything()
    try await afterwards(conversation)
    #expect(try await server.end(SIGTERM) == 0)
    return conversation.answers
  }

  private static func stores(_ health: HTTPClient.Response) -> [String: String] {
    health.json.filter { ["mysql", "mongodb", "storage"].contains($0.key) }.compactMapValues { $0 as? String }
  }

  /// Reads rows and pictures by other eyes, and compares them with what the server tells and what was sent.
  private static func readBack(_ curl: Curl, _ databases: Databases) async throws {
    let list = try await curl.send("/poses?limit=1000&include=details", [])
    let poses = try #require(list.data["poses"] as? [[String: Any]])
    #expect(poses.compactMap { $0["id"] as? Int } == [9, 6, 5, 3, 2, 1])

    let rows = try await databases.sql(
      """
      SET time_zone = '+00:00';
      SELECT CONCAT_WS('|', id, image_id, DATE_FORMAT(created_at, '%Y-%m-%dT%H:%i:%s.000Z'),
        DATE_FORMAT(updated_at, '%Y-%m-%dT%H:%i:%s.000Z'), HEX(keypoints)) FROM poses ORDER BY id DESC;
      """
    ).split(separator: "\n")
    try #require(rows.count == poses.count)
    for (row, pose) in zip(rows, poses) {
      let columns = row.split(separator: "|").map(String.init)
      try #require(columns.count == 5)
      let shown = ["id", "imageId", "createdAt", "updatedAt"].compactMap { pose[$0].map { "\($0)" } }
      #expect(Array(columns[..<4]) == shown)
      let stored = try JSONSerialization.jsonObject(with: bytes(ofHex: columns[4])) as? [NSDictionary]
      #expect(stored == pose["keypoints"] as? [NSDictionary], "keypoints of pose \(columns[0])")
    }
    try await readBackPictures(poses, databases)
  }

  /// A picture as it was sent.
  private struct Picture {
    var file: String
    var type: String
    var width: Int
    var height: Int
    var name: String?

    static func hopper(_ name: String) -> Picture {
      Picture(file: "grace_hopper.jpg", type: "image/jpeg", width: 512, height: 600, name: name)
    }

    static let three = Picture(
      file: "cases/three.jpg", type: "image/jpeg", width: 570, height: 530, name: "Zoë 😀 100%_a.jpg")

    static let astronaut = Picture(file: "astronaut.png", type: "image/png", width: 512, height: 512)

    /// By the ids of their poses.
    static let sent = [
      1: hopper("hopper.jpg"), 2: three, 3: three, 5: astronaut, 6: hopper(String(repeating: "ä", count: 300) + ".jpg"),
      9: hopper("hopper.jpg"),
    ]
  }

  private static func readBackPictures(_ poses: [[String: Any]], _ databases: Databases) async throws {
    let lines = try await databases.python(
      """
      import hashlib, json
      for file in gridfs.GridFS(db, 'images').find():
          data = file.read()
          print(json.dumps({'id': str(file._id), 'length': file.length, 'read': len(data), 'metadata': file.metadata,
              'sha256': hashlib.sha256(data).hexdigest()}))
      print(len(db['images.chunks'].distinct('files_id')), db['images.files'].count_documents({}))
      """
    ).split(separator: "\n")
    let pictures = Set(poses.compactMap { $0["imageId"] as? String }).count
    #expect(lines.last == "\(pictures) \(pictures)")
    let dataset = try await databases.sql("SELECT value FROM posevault_meta WHERE name = 'dataset_id'")
    for line in lines.dropLast() {
      let stored = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? NSDictionary)
      let pose = try #require(poses.first { $0["imageId"] as? String == stored["id"] as? String }, "\(line)")
      let picture = try #require(Picture.sent[pose["id"] as? Int ?? 0])
      let digest = try await String(Command.run(["sha256sum", TestPictures.path(picture.file)]).prefix(64))
      let size = try TestPictures.bytes(picture.file).count
      var metadata: [String: Any] = [
        "contentType": picture.type, "sha256": digest, "width": picture.width, "height": picture.height,
        "datasetId": dataset.trimmingCharacters(in: .newlines),
      ]
      metadata["fileName"] = picture.name
      let expected: [String: Any] = [
        "id": pose["imageId"] ?? "", "length": size, "read": size, "sha256": digest, "metadata": metadata,
      ]
      #expect(stored == expected as NSDictionary)
    }
  }

  private static func bytes(ofHex text: String) -> Data {
    let digits = Array(text)
    return Data(stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) })
  }
}
