import Foundation
import TestServers
import Testing

@Suite("Databases that fail", .serialized)
struct DatabaseFailureTests {
  enum Store: String, CaseIterable, Sendable { case mysql, mongodb }

  @Test(
    "killed and started again under load: 503 meanwhile, health tells, and nothing acknowledged is lost",
    arguments: MySQLServer.available, Store.allCases)
  func killed(_ flavor: MySQLServer.Flavor, _ store: Store) async throws {
    try await withServer(flavor) { server, databases, _ in
      let workload = Workload()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { try await workload.run(server.client, through503: true) } }
        for _ in 0..<3 {
          try await workload.grow(by: .random(in: 6...12))
          try await databases.kill(store)
          try await expectDown(server.client, store)
          try await databases.restart(store)
          try await expectHealthy(server.client)
        }
        try await workload.grow(by: 3)
        group.cancelAll()
        try await group.waitForAll()
      }
      try await workload.check(server.client, picturesMayStay: store == .mongodb)
      #expect(try await server.end(SIGTERM) == 0)
    }
  }

  @Test(
    "hanging: every request is answered, threads do not grow, and all goes on afterwards",
    arguments: MySQLServer.available, Store.allCases)
  func hanging(_ flavor: MySQLServer.Flavor, _ store: Store) async throws {
    try await withServer(flavor) { server, databases, _ in
      let workload = Workload()
      let picture = try await uploaded(server.client)
      databases.pause(store)
      try await expectDown(server.client, store)
      let threads = try server.threads
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<60 {
          group.addTask {
            switch (number % 3, store) {
            case (0, _): try await upload(server.client, number).status
            case (_, .mysql): try await server.client.send("GET", "/api/poses?page=\(number + 1)").status
            case (_, .mongodb): try await server.client.send("GET", "/api/images/\(picture)").status
            }
          }
        }
        for try await status in group { #expect(status == 503) }
      }
      #expect(try await server.client.send("GET", "/api/health/live").status == 200)
      #expect(try server.threads <= threads + 4)
      databases.resume(store)
      try await expectHealthy(server.client)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { try await workload.run(server.client) } }
        // of the uploads that were told 503, MySQL may have got some
        try await workload.grow(by: 3)
        group.cancelAll()
        try await group.waitForAll()
      }
      #expect(try await server.end(SIGTERM) == 0)
    }
  }

  @Test(
    "MySQL's connections used up by others: clear answers, and all goes on when there are some again",
    arguments: MySQLServer.available)
  func connectionLimit(_ flavor: MySQLServer.Flavor) async throws {
    try await withServer(flavor) { server, databases, _ in
      #expect(try await upload(server.client, 0).status == 201)
      try await databases.mysql.sql("SET GLOBAL max_connections = 10")
      // what the server has is busy as long as this lasts, so that it needs more
      async let lock: Void = { _ = try? await databases.mysql.sql(Self.lock, database: "posevault") }()
      try await soon("the table is locked") { try await databases.mysql.sleepers().count == 1 }
      var others: [Task<Void, Never>] = []
      try await soon("MySQL refuses new connections") {
        if (try? await databases.sql("SELECT 1")) == nil { return true }
        others.append(Task { _ = try? await databases.sql("SELECT SLEEP(60)") })
        return false
      }

      async let answers = withThrowingTaskGroup(of: HTTPClient.Response.self) { group in
        // more than the connections that the server has open for keys and the audit trail, on which some wait
        for number in 0..<12 {
          group.addTask {
            number % 2 == 0
              ? try await upload(server.client, number) : try await server.client.send("GET", "/api/poses/1")
          }
        }
        return try await group.reduce(into: [HTTPClient.Response]()) { $0.append($1) }
      }
      let refused = try await answers.filter { $0.json["message"] as? String == Self.refusal(databases) }
      #expect(try await answers.allSatisfy { $0.status == 503 })
      #expect(refused.count >= 4)
      for response in refused {
        #expect((response.json["error"] as? [String: Any])?["code"] as? String == "STORAGE_UNAVAILABLE")
        #expect(response.headers["retry-after"] == "5")
      }
      #expect(try await server.client.send("GET", "/api/health/live").status == 200)

      try await databases.mysql.endSleepers()
      await lock
      for other in others { await other.value }
      try await expectHealthy(server.client)
      for number in 1...10 { #expect(try await upload(server.client, number).status == 201) }
      #expect(try await server.end(SIGTERM) == 0)
    }
  }

  private static let lock = "LOCK TABLES poses WRITE; SELECT SLEEP(60)"

  private static func refusal(_ databases: Databases) -> String {
    "MySQL at 127.0.0.1:\(databases.mysql.port) accepts no more connections."
  }

  @Test("uploads that wait for a lock in vain are told 503 and leave no picture")
  func lockedOut() async throws {
    try await withServer(.mariadb) { server, databases, _ in
      #expect(try await upload(server.client, 0).status == 201)
      let locked = "BEGIN; SELECT id FROM poses FOR UPDATE; SELECT SLEEP(60)"
      async let lock: Void = { _ = try? await databases.mysql.sql(locked, database: "posevault") }()
      try await soon("the rows are locked") { try await databases.mysql.sleepers().count == 1 }
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 1...3 { group.addTask { try await upload(server.client, number).status } }
        for try await status in group { #expect(status == 503) }
      }
      for collection in ["files", "chunks"] {
        let ids = "print(len(db['images.\(collection)'].distinct('\(collection == "files" ? "_id" : "files_id")')))"
        #expect(try await databases.python(ids).trimmingCharacters(in: .whitespacesAndNewlines) == "1")
      }
      try await databases.mysql.endSleepers()
      await lock
      #expect(try await upload(server.client, 4).status == 201)
    }
  }

  @Test("what failed is logged in the database's own words: a backup, a request")
  func loggedCause() async throws {
    try await withServer(.mariadb) { server, databases, folder in
      try await databases.mysql.sql("ALTER TABLE poses RENAME TO elsewhere", database: "posevault")
      #expect(try await server.client.send("GET", "/api/poses/1").status == 503)
      #expect(try await server.client.send("POST", "/api/backup/trigger").status >= 500)
      let lines = ServerProcess.log(in: folder).split(separator: "\n")
      for (what, level) in [("is missing or damaged", "error"), ("The backup failed", "error")] {
        let line = lines.first { $0.contains(what) }
        #expect(
          line?.contains("doesn't exist (MySQL error 1146)") == true && line?.contains(level) == true,
          "\(what): \(line ?? "not logged")")
      }
      #expect(!ServerProcess.log(in: folder).contains("choose-a"))
    }
  }

  @Test(
    "a full disk: clear answers, and nothing acknowledged is lost", arguments: MySQLServer.available, Store.allCases)
  func diskFull(_ flavor: MySQLServer.Flavor, _ store: Store) async throws {
    try await SmallDisk.with(megabytes: 700) { disk in
      try await withServer(flavor, below: (store, disk.path)) { server, databases, _ in
        let workload = Workload()
        try await load(workload, server.client, for: .seconds(1))
        try disk.fill(leaving: 0)
        // what is left in files that are there already is used up sooner or later
        var refusals = 0
        for number in 0..<400 where refusals < 5 {
          let response = try await upload(server.client, 1000 + number)
          #expect([201, 503].contains(response.status), "\(String(decoding: response.body, as: UTF8.self))")
          if response.status == 503 { refusals += 1 }
        }
        try #require(refusals == 5, "the disk was never full")
        #expect(try await server.client.send("GET", "/api/health/live").status == 200)
        try disk.free()
        // a server that gave up is started again by its own supervisor
        if !databases.isRunning(store) { try await databases.restart(store) }
        try await expectHealthy(server.client)
        try await load(workload, server.client, for: .seconds(1))
        try await workload.check(server.client, othersMayExist: true, picturesMayStay: store == .mongodb)
        #expect(try await server.end(SIGTERM) == 0)
      }
    }
  }

  @Test("the server killed between picture and row leaves an orphan, which doctor finds and removes")
  func orphan() async throws {
    try await withServer(.mariadb) { server, databases, folder in
      _ = try await uploaded(server.client)
      // holds up the row, and nothing else
      async let lock: Void = {
        _ = try? await databases.mysql.sql(Self.lock, database: "posevault")
      }()
      try await soon("the table is locked") { try await databases.mysql.sleepers().count == 1 }
      async let answer = try? upload(server.client, 1)
      try await soon("the picture is stored") { try await databases.pictures() == 2 }
      try await server.end(SIGKILL)
      #expect(await answer == nil)
      try await databases.mysql.restart()
      await lock
      let poses = try await databases.sql("SELECT COUNT(*) FROM poses")
      #expect(poses == "1\n")

      func doctor(_ options: String...) async throws -> String {
        let report = folder + "/report"
        _ = try? await Command.run(
          ["sh", "-c", "\"$@\" >\(report) 2>&1", "sh", ServerProcess.program, "doctor"] + options,
          environment: databases.settings.merging(["PATH": "/usr/bin:/bin"]) { $1 })
        return try String(contentsOfFile: report, encoding: .utf8)
      }
      #expect(try await doctor().contains("Every picture has a pose."))
      // two days later
      try await databases.python(
        """
        import datetime
        ago = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=2)
        db["images.files"].update_many({}, {"$set": {"uploadDate": ago}})
        """)
      #expect(try await doctor().contains("Pictures without a pose, older than a day: 1"))
      #expect(try await databases.pictures() == 2)
      #expect(try await doctor("--fix", "--yes").contains("Pictures without a pose moved to the trash: 1."))
      #expect(try await databases.sql("SELECT COUNT(*) FROM posevault_trash") == "1\n")
      // rows may have been lost: what is removed could be the only copy of a picture
      #expect(try await databases.pictures() == 2)
    }
  }
}

private func withServer(
  _ flavor: MySQLServer.Flavor, below disk: (DatabaseFailureTests.Store, String)? = nil,
  _ body: (ServerProcess, Databases, String) async throws -> Void
) async throws {
  try await withTemporaryFolder { folder in
    let databases = try await Databases.start(
      flavor, mysqlBelow: disk?.0 == .mysql ? disk?.1 : nil, mongodbBelow: disk?.0 == .mongodb ? disk?.1 : nil)
    let server = try await ServerProcess.start(in: folder, settings: databases.settings)
    try await body(server, databases, folder)
  }
}

private func load(_ workload: Workload, _ client: HTTPClient, for duration: Duration) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for _ in 0..<4 { group.addTask { try await workload.run(client, through503: true) } }
    try await Task.sleep(for: duration)
    group.cancelAll()
    try await group.waitForAll()
  }
}

private func upload(_ client: HTTPClient, _ number: Int) async throws -> HTTPClient.Response {
  try await client.send(
    "POST", "/api/extract-pose", headers: ["Content-Type": "image/jpeg"], body: TestPictures.distinct(number))
}

/// The picture's id.
private func uploaded(_ client: HTTPClient) async throws -> String {
  let response = try await upload(client, 0)
  try #require(response.status == 201)
  return try #require((response.json["data"] as? [String: Any])?["imageId"] as? String)
}

/// Health says within its 2 s which database is down.
private func expectDown(_ client: HTTPClient, _ store: DatabaseFailureTests.Store) async throws {
  let begin = ContinuousClock.now
  let health = try await client.send("GET", "/api/health")
  #expect(health.status == 503)
  #expect(health.json[store.rawValue] as? String == "disconnected")
  // the 2 s of the contract, and what the client adds
  #expect(.now - begin < .milliseconds(2500))
}

private func expectHealthy(_ client: HTTPClient) async throws {
  try await soon("the server is healthy again") { try await client.send("GET", "/api/health").status == 200 }
}

private func soon(_ what: String, _ condition: () async throws -> Bool) async throws {
  for _ in 0..<600 {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(50))
  }
  Issue.record("not within half a minute: \(what)")
}

extension MySQLServer {
  /// The ids of connections in `SLEEP(60)`.
  fileprivate func sleepers() async throws -> [String] {
    try await sql("SHOW PROCESSLIST").split(separator: "\n").filter { $0.contains("SLEEP(60)") }
      .compactMap { $0.split(separator: "\t").first.map(String.init) }
  }

  fileprivate func endSleepers() async throws {
    try await sql(sleepers().map { "KILL \($0);" }.joined())
  }
}

extension Databases {
  fileprivate func kill(_ store: DatabaseFailureTests.Store) async throws {
    switch store {
    case .mysql: try await mysql.kill9()
    case .mongodb: try await mongodb.kill9()
    }
  }

  fileprivate func restart(_ store: DatabaseFailureTests.Store) async throws {
    switch store {
    case .mysql: try await mysql.restart()
    case .mongodb: try await mongodb.restart()
    }
  }

  fileprivate func pause(_ store: DatabaseFailureTests.Store) {
    switch store {
    case .mysql: mysql.pause()
    case .mongodb: mongodb.pause()
    }
  }

  fileprivate func resume(_ store: DatabaseFailureTests.Store) {
    switch store {
    case .mysql: mysql.resume()
    case .mongodb: mongodb.resume()
    }
  }

  fileprivate func isRunning(_ store: DatabaseFailureTests.Store) -> Bool {
    switch store {
    case .mysql: mysql.isRunning
    case .mongodb: mongodb.isRunning
    }
  }

  fileprivate func pictures() async throws -> Int {
    Int(try await python("print(db['images.files'].count_documents({}))").trimmingCharacters(in: .newlines)) ?? -1
  }
}
