import Foundation
import TestServers
import Testing

@Suite("Pictures that are looked at and not kept", .serialized)
struct IntakeTests {
  enum Storage: CaseIterable, Sendable { case embedded, databases }

  /// The detector sees somebody in the stretched ones and the landmarks nobody: they are stored and taken back.
  private static let withoutPerson = [
    "chelsea.png", "china.jpg", "cases/nobody-black.png", "cases/nobody-pixel.png", "cases/middle-stretched.png",
    "cases/middle-stretched.jpg",
  ]

  @Test("a picture without a person leaves nothing behind", arguments: Storage.allCases)
  func withoutPerson(_ storage: Storage) async throws {
    try await withServer(storage) { server, inventory in
      try await withThrowingTaskGroup(of: HTTPClient.Response.self) { group in
        for name in Self.withoutPerson + Self.withoutPerson {
          let picture = try TestPictures.bytes(name)
          group.addTask { try await server.client.send("POST", "/api/extract-pose", body: picture) }
        }
        for try await response in group {
          #expect(response.status == 422)
          #expect((response.json["error"] as? [String: Any])?["code"] as? String == "NO_PERSON_FOUND")
        }
      }
      #expect(try await inventory() == Inventory())
      #expect(try await server.end(SIGTERM) == 0)
      #expect(try await inventory() == Inventory())
    }
  }

  @Test("a client that leaves at any time leaves a picture with its pose, or nothing", arguments: Storage.allCases)
  func leaves(_ storage: Storage) async throws {
    try await withServer(storage) { server, inventory in
      let picture = try TestPictures.distinct(1)
      func upload() async throws -> Duration {
        let begin = ContinuousClock.now
        #expect(try await server.client.send("POST", "/api/extract-pose", body: picture).status == 201)
        return .now - begin
      }
      _ = try await upload()
      let whole = try await upload()
      let steps = 20
      for step in 0..<steps {
        try await server.client.leave("POST", "/api/extract-pose", body: picture, after: whole * step / steps)
        // behind the one that was left, so that the next is looked at without waiting
        _ = try await upload()
      }
      #expect(try await server.end(SIGTERM) == 0)
      let left = try await inventory()
      #expect(left == Inventory(posed: left.posed, pictures: left.posed))
      let kept = left.posed.count - 2 - steps
      #expect((0..<steps).contains(kept), "no client has left while its picture was looked at")
    }
  }

  /// What a storage holds, by other eyes.
  struct Inventory: Equatable {
    /// Ids of pictures that poses name.
    var posed: Set<Substring> = []
    /// Ids of pictures that are there.
    var pictures: Set<Substring> = []
    /// Parts of pictures.
    var rest: [Substring] = []
  }

  private func withServer(
    _ storage: Storage, _ body: (ServerProcess, () async throws -> Inventory) async throws -> Void
  ) async throws {
    try await withTemporaryFolder { folder in
      switch storage {
      case .embedded:
        let server = try await ServerProcess.start(in: folder, settings: ["WORKERS": "1"])
        try await body(server) { try await Self.inventory(ofFolder: folder + "/data") }
      case .databases:
        let databases = try await Databases.start(.mariadb)
        let server = try await ServerProcess.start(
          in: folder, settings: databases.settings.merging(["WORKERS": "1"]) { $1 })
        try await body(server) { try await Self.inventory(of: databases) }
      }
    }
  }

  private static func inventory(ofFolder data: String) async throws -> Inventory {
    func query(_ statement: String) async throws -> Set<Substring> {
      let script = "import sqlite3, sys\nfor row in sqlite3.connect(sys.argv[1]).execute(sys.argv[2]): print(row[0])"
      let rows = try await Command.run(["python3", "-c", script, data + "/posevault.sqlite", statement])
      return Set(rows.split(separator: "\n"))
    }
    var inventory = Inventory(posed: try await query("SELECT image_id FROM poses"))
    inventory.pictures = try await query("SELECT id FROM images")
    let files = try await Command.run([
      "find", data + "/images", "-type", "f", "!", "-name", "pair", "-printf", "%P\\n",
    ]).split(
      separator: "\n")
    let stored = Set(files.filter { !$0.hasPrefix("incoming/") }.map { $0.dropFirst(3).prefix(24) })
    inventory.rest = files.filter { $0.hasPrefix("incoming/") } + stored.symmetricDifference(inventory.pictures)
    return inventory
  }

  private static func inventory(of databases: Databases) async throws -> Inventory {
    func pictures(_ collection: String) async throws -> Set<Substring> {
      Set(try await databases.python("for id in db.\(collection): print(id)").split(separator: "\n"))
    }
    var inventory = Inventory(
      posed: Set(try await databases.sql("SELECT image_id FROM poses").split(separator: "\n")))
    inventory.pictures = try await pictures("images.files.distinct('_id')")
    inventory.rest = try await pictures("images.chunks.distinct('files_id')").symmetricDifference(inventory.pictures)
      .sorted()
    return inventory
  }
}
