import EmbeddedStorage
import Foundation
import GridFSStorage
import Logging
import MySQLStorage
import PoseCore
import ServiceLifecycle
import Synchronization
import TestServers
import Testing

@testable import Backup

@Suite("The schedule inside a server")
struct SchedulerTests {
  @Test("a due run is made once, and a missed one is caught up once")
  func once() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try RunFixture(fixture)
      let server = Server(run)
      #expect(try await server.look() == 30)
      #expect(try await server.runs().isEmpty, "what was due before the first start is not missed")
      run.clock.now = Self.due - 7
      #expect(try await server.look() == 7)
      run.clock.now = Self.due
      for _ in 0..<3 { _ = try await server.look() }
      #expect(try await server.runs().map(\.origin.claim) == [ScheduleClaim(dueAt: Self.due, attempt: 1)])
      // three days off
      run.clock.now = Self.due + 3 * Self.day + 3600
      let next = Server(run)
      for _ in 0..<3 { _ = try await next.look() }
      #expect(
        try await next.runs().map(\.origin.claim?.dueAt) == [Self.due + 3 * Self.day, Self.due])
    }
  }

  @Test("a machine that is off at the due time gives no alarm; where no backup begins, a mail tells, and no ping")
  func offAtNight() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      var run = try RunFixture(fixture)
      let calls = Mutex<[Bool]>([])
      run.ping = { isWell in calls.withLock { $0.append(isWell) } }
      let alerts = Mutex<[[String]]>([])
      func server() -> Server {
        Server(run) { news in
          if case .alert(let lines) = news { alerts.withLock { $0.append(lines) } }
        }
      }
      _ = try await server().look()
      // on from eight in the morning, also after a long weekend
      for day in [0, 1, 4, 5] as [Int64] {
        run.clock.now = Self.due + day * Self.day + 8 * 3600
        let server = server()
        for _ in 0..<3 {
          // while the run goes on, too
          _ = try await server.scheduler.look()
          _ = try await server.look()
        }
      }
      #expect(alerts.withLock { $0 } == [])
      #expect(calls.withLock { $0 } == [true, true, true, true])
      // where no run begins, a mail tells; whoever is called notices by itself
      run.clock.now += 2 * Self.day
      try await server().scheduler.desk.alert()
      #expect(alerts.withLock { $0.count } == 1)
      #expect(calls.withLock { $0.count } == 4)
    }
  }

  @Test("nights that a clock which was ahead has used up have their runs once they are there")
  func clockAhead() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try RunFixture(fixture)
      let server = Server(run)
      _ = try await server.look()
      let nights = (0..<4).map { Self.due + $0 * Self.day }
      for night in nights {
        run.clock.now = night
        _ = try await server.look()
      }
      run.clock.now = nights[0] + 60
      for _ in 0..<3 { _ = try await server.look() }
      for night in nights.dropFirst() {
        run.clock.now = night + 60
        for _ in 0..<3 { _ = try await server.look() }
      }
      let claims = try await server.runs().reversed().compactMap(\.origin.claim)
      #expect(claims == [1, 2].flatMap { attempt in nights.map { ScheduleClaim(dueAt: $0, attempt: attempt) } })
    }
  }

  @Test("a run that was silent is failed, told, and caught up, three times at most")
  func silent() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try RunFixture(fixture)
      let server = Server(run)
      run.clock.now = Self.due
      for attempt in 1...3 {
        let claim = ScheduleClaim(dueAt: Self.due, attempt: attempt)
        // by a server that dies
        guard case .begun = try await run.runner.begin(claim) else { throw RunFixture.NotBegun() }
        run.clock.now += 599
        _ = try await server.look()
        #expect(try await server.runs().count == attempt, "not silent for long enough")
        run.clock.now += 1
        if attempt < 3 { _ = try await run.runner.cleanUp() }
      }
      _ = try await server.look()
      #expect(try await server.runs().map(\.state.name) == ["abandoned", "abandoned", "abandoned"])
      #expect(try await run.mails().count == 3)
    }
  }

  @Test("an abandoned run is caught up by another server")
  func takenOver() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try RunFixture(fixture)
      let server = Server(run)
      run.clock.now = Self.due
      guard case .begun = try await run.runner.begin(ScheduleClaim(dueAt: Self.due, attempt: 1)) else {
        throw RunFixture.NotBegun()
      }
      run.clock.now += 600
      _ = try await server.look()
      let runs = try await server.runs()
      #expect(runs.map(\.state.name) == ["proven", "abandoned"])
      #expect(runs.first?.origin.claim == ScheduleClaim(dueAt: Self.due, attempt: 2))
      #expect(try await run.mails() == ["run 1: abandoned, before: 0", "run 2: proven, before: 0"])
    }
  }

  @Test("a run that was interrupted is told of once, by the next server, and caught up")
  func brokenOff() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try RunFixture(fixture)
      let runner = run.runner
      let server = Server(run)
      run.clock.now = Self.due
      guard case .begun(let begun) = try await runner.begin(ScheduleClaim(dueAt: Self.due, attempt: 1)) else {
        throw RunFixture.NotBegun()
      }
      let ended = await Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return await runner.complete(begun)
      }.value
      #expect(ended.run.state.name == "abandoned")
      #expect(try await run.mails() == [])
      for _ in 0..<3 { _ = try await server.look() }
      #expect(try await server.runs().map(\.state.name) == ["proven", "abandoned"])
      #expect(try await run.mails() == ["run 1: abandoned, before: 0", "run 2: proven, before: 0"])
    }
  }

  @Test("a restore that keeps a due run from beginning is told of once")
  func restoring() async throws {
    try await withFixture { fixture in
      let run = try RunFixture(fixture)
      let told = Mutex<[ScheduleClaim]>([])
      let tell: BackupDesk.Tell = { news in
        if case .waiting(let claim, _) = news { told.withLock { $0.append(claim) } }
      }
      let scheduler = BackupScheduler(BackupDesk(run.runner, tell: tell))
      let mark = RestoreMark(host: "beta", pid: 7, since: 1, heartbeatAt: 1, file: "/x.zip")
      #expect(try await run.runs.setRestoreMark(mark, replacing: nil, at: 1) == .admitted)
      run.clock.now = Self.due
      for _ in 0..<3 { _ = try await scheduler.look() }
      #expect(told.withLock { $0 } == [ScheduleClaim(dueAt: Self.due, attempt: 1)])
    }
  }

  @Test("a due run that can't begin for an hour is told of by mail, once, and made later")
  func overdue() async throws {
    try await withFixture { fixture in
      try await fixture.add(1)
      let run = try RunFixture(fixture)
      let server = Server(run)
      let mark = RestoreMark(host: "beta", pid: 7, since: 1, heartbeatAt: 1, file: "/x.zip")
      #expect(try await run.runs.setRestoreMark(mark, replacing: nil, at: 1) == .admitted)
      // a server that begins long after the due time gives it an hour, too
      run.clock.now = Self.due + 7200
      for _ in 0..<3 { _ = try await server.look() }
      run.clock.now += 3599
      for _ in 0..<3 { _ = try await server.look() }
      #expect(try await run.mails() == [])
      run.clock.now += 1
      for _ in 0..<4 { _ = try await server.look() }
      #expect(try await run.mails() == ["run 1: abandoned, before: 0"])
      guard case .failed(let message, _, _) = try await server.runs().first?.state else {
        Issue.record("no failed run")
        return
      }
      #expect(message.contains("could not start: a restore on beta is not finished"))
      run.clock.now += 7200
      try await run.runs.removeRestoreMark(mark)
      for _ in 0..<3 { _ = try await server.look() }
      #expect(try await server.runs().map(\.state.name) == ["proven", "abandoned"])
      #expect(try await run.mails() == ["run 1: abandoned, before: 0", "run 2: proven, before: 0"])
    }
  }

  @Test("while someone's own run is under way, the due one waits for it")
  func waits() async throws {
    try await withFixture { fixture in
      let run = try RunFixture(fixture)
      let server = Server(run)
      run.clock.now = Self.due
      guard case .begun(let own) = try await run.runner.begin(nil) else { throw RunFixture.NotBegun() }
      _ = try await server.look()
      #expect(try await server.runs().count == 1)
      _ = await run.runner.complete(own)
      _ = try await server.look()
      #expect(try await server.runs().map(\.origin.claim?.dueAt) == [Self.due, nil])
    }
  }

  @Test("clocks that were wrong don't keep the schedule from being followed")
  func wrongClock() async throws {
    try await withFixture { fixture in
      let run = try RunFixture(fixture)
      run.clock.now = Self.due + 3650 * Self.day
      let server = Server(run)
      run.clock.now += Self.day
      _ = try await server.look()
      #expect(try await server.runs().count == 1)
      run.clock.now = Self.due - 60
      _ = try await server.look()
      run.clock.now = Self.due
      for _ in 0..<3 { _ = try await server.look() }
      #expect(try await server.runs().map(\.origin.claim?.dueAt).contains(Self.due))
      #expect(try await server.runs().count == 2)
    }
  }

  @Test("of two servers on one database exactly one runs what is due", arguments: MySQLServer.available)
  func twoServers(flavor: MySQLServer.Flavor) async throws {
    let (mysql, mongodb) = (try await MySQLServer.shared(flavor), try await MongoDBServer.shared())
    let database = try await mysql.makeDatabase()
    let bucket = mongodb.uri(database: mongodb.makeDatabase())
    try await withFixture { fixture in
      var opened: [(MySQLStorage, GridFSStorage)] = []
      var servers: [Server] = []
      var clocks: [TestClock] = []
      for number in 0..<2 {
        let storage = try await MySQLStorage.open(
          MySQLConfiguration(host: "127.0.0.1", port: mysql.port, user: "root", password: "", database: database))
        let pictures = try await GridFSStorage.open(GridFSConfiguration(uri: bucket))
        opened.append((storage, pictures))
        let run = try RunFixture(
          poses: storage.poses, images: pictures.images, runs: storage.runs,
          folder: fixture.folder + "/backups-\(number)", files: fixture.files)
        clocks.append(run.clock)
        servers.append(Server(run))
      }
      for night in 0..<5 as Range<Int64> {
        for clock in clocks { clock.now = Self.due + night * Self.day }
        try await withThrowingTaskGroup(of: Void.self) { group in
          for server in servers + servers { group.addTask { _ = try await server.look() } }
          try await group.waitForAll()
        }
      }
      let runs = try await servers[0].runs()
      #expect(runs.map(\.origin.claim?.dueAt) == (0..<5).reversed().map { Self.due + $0 * Self.day })
      #expect(runs.allSatisfy { $0.state.archive != nil })
      for (storage, pictures) in opened {
        try await storage.close()
        try await pictures.close()
      }
    }
  }

  @Test("a graceful end breaks off the run under way, and stores it as failed")
  func shutdown() async throws {
    try await withFixture { fixture in
      let row = try await fixture.add(1)
      var run = try RunFixture(fixture)
      let reached = AsyncStream<Void>.makeStream()
      run.images = BrokenImages(
        sound: fixture.storage.images,
        fault: .runs(try #require(ImageID(row.imageID))) {
          reached.continuation.yield()
          try await Task.sleep(for: .seconds(60))
        })
      let desk = BackupDesk(run.runner)
      let group = ServiceGroup(
        configuration: ServiceGroupConfiguration(
          services: [.init(service: BackupScheduler(desk), successTerminationBehavior: .gracefullyShutdownGroup)],
          logger: Logger(label: "test")))
      async let ended: Void = group.run()
      let begun = try await desk.begin()
      for await _ in reached.stream { break }
      await group.triggerGracefulShutdown()
      try await ended
      #expect(try await run.runs.backup(begun.id)?.state.failure?.contains("interrupted") == true)
      #expect(try await run.mails().count == 1)
      #expect(try fixture.names() == [])
      let error = await #expect(throws: PoseVaultError.self) { _ = try await desk.begin() }
      #expect(error?.code == .shuttingDown)
    }
  }

  /// 2025-12-10 23:59 UTC.
  private static let due: Int64 = 1_765_411_140
  private static let day: Int64 = 86_400

  /// A server, as far as the schedule is concerned.
  private struct Server: Sendable {
    let scheduler: BackupScheduler

    init(_ run: RunFixture, tell: @escaping BackupDesk.Tell = { _ in }) {
      scheduler = BackupScheduler(BackupDesk(run.runner, tell: tell))
    }

    /// Looks, and waits for the run that this may have begun.
    func look() async throws -> Int64 {
      let pause = try await scheduler.look()
      for run in try await runs() where run.state == .running {
        _ = try await scheduler.desk.end(of: run)
      }
      return pause
    }

    func runs() async throws -> [BackupRun] { try await scheduler.desk.runs(before: nil, limit: 100) }
  }
}
