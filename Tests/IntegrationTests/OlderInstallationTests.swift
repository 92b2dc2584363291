import Foundation
import PoseCore
import TestServers
import Testing

@Suite("An older installation", .serialized)
struct OlderInstallationTests {
  private static let rows = [8, 7, 5, 3]
  private static let upper = "65F1A2B3C4D5E6F708192A3B"
  private static let lower = "65f1a2b3c4d5e6f708192a3c"

  @Test(
    "is taken over with its .env: all it has can be read, changed and deleted, and what is not ours stays",
    arguments: MySQLServer.available)
  func takeover(_ flavor: MySQLServer.Flavor) async throws {
    try await withTemporaryFolder { folder in
      let databases = try await Databases.start(flavor)
      try await Self.fill(databases)
      let foreign = try await Self.foreign(databases)
      try Self.writeEnv(databases, folder)

      #expect(try await Self.posevault("migrate", folder).hasSuffix("poses: 4.\nexit 0\n"))
      let before = try await Self.posevault("doctor", folder)
      #expect(
        before.contains("Poses whose picture is missing: 2.\n    pose 8, picture ")
          && before.contains("\n    pose 7, picture ") && before.hasSuffix("exit 1\n"), "\(before)")

      let server = try await ServerProcess.start(in: folder)
      try await Self.read(server.client)
      try await Self.change(server.client)
      for id in [8, 7, 3] { #expect(try await server.client.send("DELETE", "/api/poses/\(id)").status == 200) }
      #expect(try await server.client.send("GET", "/api/images/\(Self.upper)").status == 404)
      #expect(try await server.end(SIGTERM) == 0)
      #expect(!ServerProcess.log(in: folder).contains(/status=5/))

      let after = try await Self.posevault("doctor", folder)
      #expect(after.contains("Every pose has its picture.") && after.hasSuffix("exit 0\n"), "\(after)")
      #expect(try await Self.foreign(databases) == foreign)
    }
  }

  /// The contract's table with rows of every kind, pictures without metadata, and what belongs to others.
  private static func fill(_ databases: Databases) async throws {
    _ = try await databases.sql(try Documentation.block("sql", of: "migrating.md"))
    // 17 digits, as Python prints a double
    let keypoints = Landmark.allCases.map {
      #"{"x":0.12345678901234567,"y":0.98765432109876543,"z":-1.2345678901234567,"visibility":0.5,"name":"\#($0.name)"}"#
    }
    let list = "[" + keypoints.joined(separator: ",") + "]"
    _ = try await databases.sql(
      """
      INSERT INTO poses (id, image_id, keypoints, created_at, updated_at) VALUES
        (3, '\(upper)', '\(list)', '2024-03-31 02:30:00', '2024-03-31 02:30:00'),
        (5, '\(lower)', '\(list)', NULL, NULL),
        (7, '65f1a2b3c4d5e6f708192a3d', '\(list)', '2024-01-01', NULL),
        (8, 'photo 7.jpg', '{}', NULL, '2024-01-01');
      CREATE TABLE visitors (id INT PRIMARY KEY, name TEXT);
      INSERT INTO visitors VALUES (1, 'Ada');
      """)
    try await databases.python(
      """
      bucket = gridfs.GridFSBucket(db, 'images')
      for id, path in (('\(upper)', '\(TestPictures.path("astronaut.png"))'),
                       ('\(lower)', '\(TestPictures.path("grace_hopper.jpg"))')):
          bucket.upload_from_stream_with_id(bson.ObjectId(id), 'upload', open(path, 'rb').read())
      bucket.upload_from_stream_with_id(bson.ObjectId('65f1a2b3c4d5e6f708192a3e'), 'nobody names it', b'GIF89a')
      gridfs.GridFSBucket(db).upload_from_stream('of another bucket', b'1')
      db.notes.insert_one({'text': 'of another program'})
      """)
  }

  private static func foreign(_ databases: Databases) async throws -> String {
    try await databases.sql("SHOW CREATE TABLE visitors; SELECT * FROM visitors")
      + databases.python(
        """
        for name in ('notes', 'fs.files', 'fs.chunks'): print(list(db[name].find()), db[name].index_information())
        print(gridfs.GridFS(db, 'images').get(bson.ObjectId('65f1a2b3c4d5e6f708192a3e')).read())
        """)
  }

  /// The contract's names, in a file as Windows' editors leave it.
  private static func writeEnv(_ databases: Databases, _ folder: String) throws {
    let settings = databases.settings
    let lines = [
      "# Server", "PORT=3000", "NODE_ENV=production", "", "MYSQL_HOST=localhost",
      "MYSQL_PORT=\(settings["MYSQL_PORT"] ?? "") # its own", "MYSQL_USER=posevault",
      "MYSQL_PASSWORD=\"\(settings["MYSQL_PASSWORD"] ?? "")\"", "MYSQL_DATABASE=posevault",
      "export MONGODB_URI='\(settings["MONGODB_URI"] ?? "")'", "SENDGRID_API_KEY=your_sendgrid_api_key",
      "FROM_EMAIL=your_email@example.com", "TO_EMAIL=", "SMTP_HOST=smtp.example.com", "SMTP_PORT=587",
      "SMTP_USER=your_email@example.com", "SMTP_PASSWORD=your_password", "BACKUP_DIR=./backups",
      "CRON_SCHEDULE=59 23 * * *", "PYTHON_SCRIPT_PATH=./python/extract_pose.py", "",
    ]
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(lines.joined(separator: "\r\n").utf8).write(to: URL(filePath: folder + "/.env"))
  }

  /// What a command of the program prints, and its exit status.
  private static func posevault(_ command: String, _ folder: String) async throws -> String {
    try await Command.run(
      ["sh", "-c", #"cd "$1" && "$2" "$3" 2>&1; echo "exit $?""#, "sh", folder, ServerProcess.program, command])
  }

  private static func read(_ client: HTTPClient) async throws {
    let list = try await client.send("GET", "/api/poses?include=details,world,corrected,detection")
    #expect((list.data["poses"] as? [[String: Any]])?.compactMap { $0["id"] as? Int } == rows)
    for id in rows {
      #expect(try await client.send("GET", "/api/poses/\(id)?include=details,world,corrected,detection").status == 200)
      #expect(try await client.send("GET", "/api/poses/\(id)/overlay").status < 500)
    }
    let pose = try await client.send("GET", "/api/poses/5")
    #expect(pose.data["createdAt"] is NSNull && pose.data["updatedAt"] is NSNull)
    // MySQL may change the last digit
    let x = try #require(pose.keypoints.last?["x"] as? Double)
    #expect(abs(x - 0.12345678901234567) <= 3 * x.ulp)

    for (id, file, type) in [(upper, "astronaut.png", "image/png"), (lower, "grace_hopper.jpg", "image/jpeg")] {
      let image = try await client.send("GET", "/api/images/\(id)")
      #expect(image.body == (try TestPictures.bytes(file)))
      #expect(image.headers["content-type"] == type)
      #expect(try await client.send("GET", "/api/images/\(id)/thumbnail").status == 200)
    }
    for id in [7, 8] {
      let url = try #require(await client.send("GET", "/api/poses/\(id)").data["imageUrl"] as? String)
      let path = try #require(URL(string: url)?.path(percentEncoded: true))
      #expect(try await client.send("GET", path).status == (id == 7 ? 404 : 400))
    }
  }

  private static func change(_ client: HTTPClient) async throws {
    let keypoints = try await client.send("GET", "/api/poses/5").keypoints
    let body = Array(try JSONSerialization.data(withJSONObject: ["keypoints": keypoints]))
    for id in rows {
      let read = try await client.send("GET", "/api/poses/\(id)")
      let edit = try await client.send(
        "PUT", "/api/poses/\(id)", headers: ["Content-Type": "application/json", "If-Match": read.tag], body: body)
      #expect(edit.status == 200)
      #expect(edit.data["createdAt"] as? String == read.data["createdAt"] as? String)
      #expect(edit.data["updatedAt"] is String)
      let revert = try await client.send("POST", "/api/poses/\(id)/revert")
      #expect(revert.status == 200)
      #expect(revert.data["keypoints"] as? NSObject == read.data["keypoints"] as? NSObject)
    }
    let upload = try await client.send(
      "POST", "/api/extract-pose", headers: ["Content-Type": "image/jpeg"], body: TestPictures.distinct(1))
    #expect(upload.status == 201)
    #expect(upload.data["id"] as? Int == 9)
  }
}
