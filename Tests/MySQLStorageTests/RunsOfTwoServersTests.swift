import Foundation
import PoseCore
import TestServers
import Testing

@testable import MySQLStorage

@Suite("Runs, restores and mail of two servers at once", .serialized, .timeLimit(.minutes(3)))
struct RunsOfTwoServersTests {
  @Test("of restores and backups that begin at once, one is admitted", arguments: MySQLServer.available)
  func exclusion(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor, Self.exclude)
  }

  /// The default of MariaDB from 11.6.2 on: a transaction that read before others committed may not lock their rows.
  @Test("the same, and the queue, where MariaDB isolates snapshots strictly")
  func snapshotIsolation() async throws {
    let server = try await MySQLServer.start(
      .mariadb, options: ["--innodb-snapshot-isolation=ON", "--innodb-flush-log-at-trx-commit=2"])
    try await withFixture(on: server) { fixture in
      #expect(try await fixture.server.sql("SELECT @@GLOBAL.innodb_snapshot_isolation") == "1\n")
      try await Self.exclude(fixture)
      try await Self.emptyQueue(fixture)
    }
  }

  private static func exclude(_ fixture: MySQLFixture) async throws {
    let servers = [try await fixture.open().runs, try await fixture.open().runs]
    for round: Int64 in 0..<25 {
      let runs = Shared<[BackupRun]>([])
      let marks = Shared<[RestoreMark]>([])
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<12 {
          let server = servers[number / 2 % 2]
          group.addTask {
            if number % 2 == 0 {
              let mark = mark(pid: number)
              let admission = try await server.setRestoreMark(mark, replacing: nil, at: 1000)
              if admission == .admitted { marks.withLock { $0.append(mark) } }
            } else {
              let claim = number % 3 == 0 ? ScheduleClaim(dueAt: round, attempt: 1) : nil
              let admission = try await server.beginBackup(origin(pid: number, claim: claim))
              if case .begun(let run) = admission { runs.withLock { $0.append(run) } }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(runs.withLock { $0.count } + marks.withLock { $0.count } == 1, "in round \(round)")
      #expect(try await servers[1].isRestoringOrBackingUp(at: 1000))
      for run in runs.withLock({ $0 }) { #expect(try await servers[0].finishBackup(run.id, failed, mail: nil)) }
      for mark in marks.withLock({ $0 }) { #expect(try await servers[1].removeRestoreMark(mark)) }
    }
  }

  @Test(
    "a run that ends, goes on, falls silent and is followed at once has one end, with one mail",
    arguments: MySQLServer.available)
  func ends(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let servers = [try await fixture.open().runs, try await fixture.open().runs]
      for round in 0..<25 {
        guard case .begun(let run) = try await servers[0].beginBackup(origin(at: 1000)) else {
          Issue.record("no run begins in round \(round)")
          return
        }
        let told = Shared<[Int]>([])
        let ended = Shared(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
          for server in servers {
            group.addTask { _ = try await server.heartbeat(run.id, phase: "rows", progress: 1 / 3, at: 1000) }
            group.addTask {
              let runs = try await server.failSilentBackups(at: 2000) { mail("abandoned \($0.id)") }
              told.withLock { $0 += runs.map(\.id) }
            }
            group.addTask {
              let state = BackupRun.State.failed(message: "of this server", isRepeated: false, at: 1999)
              if try await server.finishBackup(run.id, state, mail: mail("ended \(run.id)")) {
                ended.withLock { $0 = 1 }
              }
            }
          }
          group.addTask {
            if case .begun(let next) = try await servers[1].beginBackup(origin(at: 1700)) {
              #expect(try await servers[1].finishBackup(next.id, failed, mail: nil))
            }
          }
          try await group.waitForAll()
        }
        let rest = try await servers[0].failSilentBackups(at: 2000) { mail("abandoned \($0.id)") }
        told.withLock { $0 += rest.map(\.id) }
        let mails = try await servers[0].unsentMail(limit: 10)
        let isEnded = ended.withLock { $0 == 1 }
        #expect(told.withLock { $0 } == (isEnded ? [] : [run.id]))
        #expect(mails.map(\.mail.content) == ["\(isEnded ? "ended" : "abandoned") \(run.id)"])
        for mail in mails { try await servers[1].removeSent(mail) }
        for server in servers { #expect(try await server.backup(run.id)?.state != .running) }
      }
    }
  }

  @Test(
    "what a server had half done when it lost its connection is done as a whole by another one",
    arguments: MySQLServer.available)
  func lostConnection(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor) { fixture in
      let servers = [try await fixture.open().runs, try await fixture.open().runs]
      guard case .begun(let run) = try await servers[0].beginBackup(origin(at: 1000)) else {
        Issue.record("no run begins")
        return
      }
      let error = await #expect(throws: PoseVaultError.self) {
        try await servers[0].failSilentBackups(at: 2000) { _ in
          Task { try await fixture.killConnections() }
          Thread.sleep(forTimeInterval: 1)
          return mail("lost")
        }
      }
      #expect(error?.code == .storageUnavailable)
      #expect(try await servers[1].backup(run.id) == run)
      #expect(try await servers[1].failSilentBackups(at: 2001) { _ in mail("told") } == [run.abandoned(at: 2001)])
      #expect(try await servers[0].unsentMail(limit: 10).map(\.mail.content) == ["told"])
    }
  }

  @Test("mail is sent once, while others queue, put back and give up", arguments: MySQLServer.available)
  func queue(flavor: MySQLServer.Flavor) async throws {
    try await withFixture(flavor, Self.emptyQueue)
  }

  private static func emptyQueue(_ fixture: MySQLFixture) async throws {
    let servers = [try await fixture.open().runs, try await fixture.open().runs]
    let sent = Shared<[String]>([])
    let isQueued = Shared(0)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, server) in servers.enumerated() {
        group.addTask {
          for number in 0..<40 { try await server.enqueue(mail("\(index) \(number)")) }
          isQueued.withLock { $0 += 1 }
        }
        for _ in 0..<4 {
          group.addTask {
            while true {
              let isLast = isQueued.withLock { $0 == 2 }
              guard let mail = try await server.takeMail(at: 10, host: "alpha", lease: 60) else {
                if isLast { return }
                continue
              }
              if mail.attempts == 1 {
                #expect(try await server.putBack(mail, dueAt: 5, failure: "busy"))
              } else {
                sent.withLock { $0.append(mail.mail.content) }
                try await server.removeSent(mail)
              }
            }
          }
        }
      }
      try await group.waitForAll()
    }
    // what one had put back when another looked for the last time
    while let mail = try await servers[0].takeMail(at: 10, host: "alpha", lease: 60) {
      sent.withLock { $0.append(mail.mail.content) }
      try await servers[0].removeSent(mail)
    }
    let all = (0..<2).flatMap { index in (0..<40).map { "\(index) \($0)" } }
    #expect(sent.withLock { $0.sorted() } == all.sorted())
    #expect(try await servers[1].unsentMail(limit: 100) == [])
  }
}

private let failed = BackupRun.State.failed(message: "no", isRepeated: false, at: 1001)

private func origin(pid: Int = 1, at seconds: Int64 = 1000, claim: ScheduleClaim? = nil) -> BackupOrigin {
  BackupOrigin(host: "alpha", pid: pid, startedAt: seconds, claim: claim)
}

private func mark(pid: Int) -> RestoreMark {
  RestoreMark(host: "alpha", pid: pid, since: 1000, heartbeatAt: 1000, file: "/srv/backup.zip")
}

private func mail(_ content: String) -> NewMail { NewMail(host: nil, content: content, dueAt: 1) }
