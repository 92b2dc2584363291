import CMariaDB
import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Changes that were refused say whether anything was written", .serialized, .timeLimit(.minutes(2)))
struct UnwrittenTests {
  @Test("one or several rows that wait for a lock in vain were not written", arguments: MySQLServer.available)
  func locks(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let poses = try await fixture.open().poses
      _ = try await poses.insert([newPose()])
      // the gap behind the last row, which new ones go into
      async let lock: String = fixture.sql("BEGIN; SELECT id FROM poses FOR UPDATE; SELECT SLEEP(30)")
      while try await fixture.server.sleeping().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for count in [1, 2] {
          group.addTask {
            let error = await #expect(throws: PoseVaultError.self) {
              _ = try await poses.insert((0..<count).map { _ in newPose() })
            }
            #expect(error?.code == .storageUnavailable && error?.nothingWasWritten == true, "\(error as Any)")
          }
        }
        try await group.waitForAll()
      }
      for id in try await fixture.server.sleeping() { try await fixture.server.sql("KILL \(id)") }
      _ = try? await lock
      #expect(try await poses.count() == 1)
    }
  }

  @Test(
    "a server that is read-only, or takes no row that long, has written nothing", arguments: MySQLServer.available)
  func refusedByServer(flavor: MySQLServer.Flavor) async throws {
    let server = try await MySQLServer.start(flavor, options: ["--max-allowed-packet=1048576"])
    try await withFixture(on: server) { fixture in
      let poses = try await fixture.open().poses
      var pose = newPose()
      pose.keypoints = Array("[\"\(String(repeating: "x", count: 2_000_000))\"]".utf8)
      let long = pose
      let tooLong = await #expect(throws: PoseVaultError.self) { _ = try await poses.insert([long]) }
      #expect(tooLong?.nothingWasWritten == true && tooLong?.message.contains("max_allowed_packet") == true)
      try await server.sql("SET GLOBAL read_only = ON")
      let error = await #expect(throws: PoseVaultError.self) { _ = try await poses.insert([newPose()]) }
      #expect(error?.nothingWasWritten == true, "\(error as Any)")
      #expect(try await poses.count() == 0)
      try await server.sql("SET GLOBAL read_only = OFF")
      #expect(try await poses.insert([newPose()]).count == 1)
    }
  }

  @Test("a server that can't be reached was told nothing")
  func unreachable() async throws {
    try await withFixture(.mariadb) { fixture in
      let storage = try await fixture.open()
      try await storage.close()
      let nobody = MySQLStorage.unchanged(
        MySQLConfiguration(host: "127.0.0.1", port: 1, user: "a", password: "b", database: "c"))
      let error = await #expect(throws: PoseVaultError.self) { _ = try await nobody.poses.insert([newPose()]) }
      #expect(error?.code == .storageUnavailable && error?.nothingWasWritten == true)
    }
  }

  @Test(
    "what the server refused was not written, and what is open stays so",
    arguments: [
      (ER_LOCK_WAIT_TIMEOUT, true), (ER_LOCK_DEADLOCK, true), (ER_RECORD_FILE_FULL, true), (ER_DISK_FULL, true),
      (3, true), (28, true), (ER_OPTION_PREVENTS_STATEMENT, true), (ER_READ_ONLY_MODE, true),
      (ER_NET_PACKET_TOO_LARGE, true), (CR_NET_PACKET_TOO_LARGE, true), (ER_DUP_ENTRY, true),
      (CR_SERVER_LOST, false), (CR_SERVER_GONE_ERROR, false), (ER_SERVER_SHUTDOWN, false),
      (ER_CONNECTION_KILLED, false), (ER_ERROR_DURING_COMMIT, false),
    ])
  func numbers(number: Int32, isCertain: Bool) {
    #expect(MySQLError(number: UInt32(number), message: "").tellsThatNothingWasWritten == isCertain)
  }

  @Test("a value that was refused is not repeated in what is logged")
  func values() {
    // beside a combining mark, the quote before it is no character of its own
    for name in ["Anna's knee.jpg", "\u{301}Anna's knee.jpg", "Anna's knee.jpg\u{600}"] {
      expectHidden(name)
    }
  }

  private func expectHidden(_ name: String) {
    for message in [
      "Duplicate entry '\(name)' for key 'poses.PRIMARY'", "Data too long for column 'file_name' at row 1",
      "Incorrect string value: '\(name)' for column `posevault`.`poses`.`file_name` at row 1",
    ] {
      for number in [ER_DUP_ENTRY, ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, ER_DATA_TOO_LONG] {
        let shown = MySQLError(number: UInt32(number), message: message).description
        #expect(!shown.contains("Anna") && !shown.contains("knee") && shown.contains("MySQL error \(number)"))
      }
    }
  }
}

extension MySQLServer {
  /// The numbers of the connections that hold a lock for this test.
  fileprivate func sleeping() async throws -> [Substring] {
    try await sql("SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(30)%'")
      .split(separator: "\n")
  }
}
