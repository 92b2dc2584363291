import PoseCore
import Synchronization

extension RunStoreContract {
  static let mail: [Check] = [
    Check("mail is taken when it is due, the one due first before the others, after a restart too") { fixture in
      var runs = try await fixture.openRuns()
      let content = #"{"text":"ü ' \\ \"quoted\""}"# + String(repeating: "x", count: 70_000)
      let mails = [Sample.mail("later", dueAt: 300), Sample.mail(content, host: "alpha", dueAt: 200)]
      var ids: [Int] = []
      for mail in mails { ids.append(try await runs.enqueue(mail)) }
      try requireEqual(try await runs.takeMail(at: 199, host: "alpha", lease: 60), nil, "mail before its time")
      runs = try await fixture.openRuns()
      for (id, mail) in zip(ids, mails).reversed() {
        try requireEqual(
          try await runs.takeMail(at: 300, host: "alpha", lease: 60),
          QueuedMail(id: id, mail: mail, attempts: 1, failure: nil, givenUpAt: nil), "mail taken")
      }
      try requireEqual(try await runs.takeMail(at: 300, host: "alpha", lease: 60), nil, "mail left")
      try requireEqual(try await runs.unsentMail(limit: 10).map(\.id), ids, "mail not sent")
      try requireEqual(try await runs.unsentMail(limit: 1).map(\.id), [ids[0]], "first of it")
    },

    Check("mail that was put back comes again at its new time, with its failure") { fixture in
      let runs = try await fixture.openRuns()
      try await runs.enqueue(Sample.mail("a", dueAt: 100))
      var expected = try await runs.takeMail(at: 100, host: "alpha", lease: 600)
      for attempt in 1...3 {
        guard var taken = expected else { throw ContractViolation("no mail", #line, #fileID) }
        try requireEqual(taken.attempts, attempt, "attempts")
        taken.mail.content += "'\(attempt) ü"
        let time = Int64(attempt) * 1000
        try require(try await runs.putBack(taken, dueAt: time, failure: "refused \(attempt) ü"), "not put back")
        try requireEqual(try await runs.takeMail(at: time - 1, host: "alpha", lease: 600), nil, "mail too early")
        expected = try await runs.takeMail(at: time, host: "alpha", lease: 600)
        try requireEqual(expected?.failure, "refused \(attempt) ü", "failure")
        try requireEqual(expected?.mail.content, taken.mail.content, "content")
      }
    },

    Check("mail that was given up is kept and not taken, until a later one is sent") { fixture in
      let runs = try await fixture.openRuns()
      for number in 0..<3 { try await runs.enqueue(Sample.mail("\(number)", dueAt: Int64(number))) }
      var taken: [QueuedMail] = []
      while let mail = try await runs.takeMail(at: 10, host: "alpha", lease: 60) { taken.append(mail) }
      try requireEqual(taken.map(\.mail.content), ["0", "1", "2"], "mail taken")
      for mail in [taken[0], taken[2]] {
        try require(try await runs.giveUp(mail, failure: "no such address", at: 20), "not given up")
      }
      try requireEqual(try await runs.takeMail(at: 19, host: "alpha", lease: 60), nil, "mail left")
      let left = try await runs.unsentMail(limit: 10)
      try requireEqual(left.map(\.givenUpAt), [20, nil, 20], "times of giving up")
      try requireEqual(left.map(\.failure), ["no such address", nil, "no such address"], "failures")
      try await runs.removeSent(taken[1])
      try requireEqual(try await runs.unsentMail(limit: 10).map(\.id), [taken[2].id], "mail left at the end")
      try await runs.removeSent(taken[1])
    },
  ]

  static let mailOfTwoServers: [Check] = [
    Check("of many senders at once exactly one gets a mail") { fixture in
      let stores = [try await fixture.openRuns(), try await fixture.openRunsBeside()]
      for number in 0..<10 { try await stores[0].enqueue(Sample.mail("\(number)", dueAt: 1)) }
      let taken = try await withThrowingTaskGroup(of: QueuedMail?.self) { group in
        for number in 0..<30 {
          group.addTask { try await stores[number % 2].takeMail(at: 1, host: "host \(number)", lease: 60) }
        }
        return try await group.reduce(into: [Int]()) { ids, mail in
          if let mail { ids.append(mail.id) }
        }
      }
      try requireEqual(taken.sorted(), try await stores[1].unsentMail(limit: 100).map(\.id), "mail taken")
    },

    Check("mail whose sender died is taken again after the lease; the late sender changes nothing") { fixture in
      let runs = try await fixture.openRuns()
      let beside = try await fixture.openRunsBeside()
      try await runs.enqueue(Sample.mail("a", dueAt: 100))
      guard let first = try await runs.takeMail(at: 100, host: "alpha", lease: 60) else {
        throw ContractViolation("no mail", #line, #fileID)
      }
      try requireEqual(try await beside.takeMail(at: 159, host: "beta", lease: 60), nil, "mail during the lease")
      let second = try await beside.takeMail(at: 160, host: "beta", lease: 60)
      try requireEqual(second?.attempts, 2, "attempts of the second sender")
      try require(try await !runs.putBack(first, dueAt: 1, failure: "late"), "the late sender puts back")
      try require(try await !runs.giveUp(first, failure: "late", at: 161), "the late sender gives up")
      try requireEqual(try await runs.unsentMail(limit: 10), [second].compactMap { $0 }, "the mail")
      try await runs.removeSent(first)
      try requireEqual(try await runs.unsentMail(limit: 10), [], "mail after the late sender sent it")
    },

    Check("mail of one host waits an hour for it, and is then taken by any") { fixture in
      let runs = try await fixture.openRuns()
      try await runs.enqueue(Sample.mail("a", host: "alpha", dueAt: 100))
      try requireEqual(try await runs.takeMail(at: 3699, host: "beta", lease: 60), nil, "mail of another host")
      try requireEqual(
        try await runs.takeMail(at: 3700, host: "beta", lease: 60)?.mail.content, "a", "mail after an hour")
    },

    Check("one mail is taken by its id, whoever it waits for, once, and not before it is due") { fixture in
      let runs = try await fixture.openRuns()
      let beside = try await fixture.openRunsBeside()
      try await runs.enqueue(Sample.mail("a", host: "alpha", dueAt: 100))
      let id = try await runs.enqueue(Sample.mail("b", host: "alpha", dueAt: 100))
      try requireEqual(try await runs.takeMail(id, at: 99, lease: 60), nil, "mail before its time")
      guard let mail = try await runs.takeMail(id, at: 100, lease: 60) else {
        throw ContractViolation("no mail", #line, #fileID)
      }
      try requireEqual([mail.id, mail.attempts], [id, 1], "the mail")
      try requireEqual(try await beside.takeMail(id, at: 159, lease: 60), nil, "mail during the lease")
      try requireEqual(try await beside.takeMail(id, at: 160, lease: 60)?.attempts, 2, "attempts")
      guard let again = try await runs.takeMail(id, at: 300, lease: 60) else {
        throw ContractViolation("no mail", #line, #fileID)
      }
      try await runs.giveUp(again, failure: "no", at: 300)
      try requireEqual(try await runs.takeMail(id, at: 9000, lease: 60), nil, "mail that was given up")
      try requireEqual(try await runs.takeMail(id + 1, at: 9000, lease: 60), nil, "mail that isn't there")
    },
  ]

  static let mailOfRuns: [Check] = [
    Check("a run's end and its mail are stored together, once") { fixture in
      let runs = try await fixture.openRuns()
      for state in [Sample.proven(at: 1100), Sample.failed("no", at: 1100)] {
        let run = try await runs.begin(Sample.origin(at: 1000))
        let mail = Sample.mail("run \(run.id)", host: "alpha", dueAt: 1100)
        for _ in 0..<2 { try require(try await runs.finishBackup(run.id, state, mail: mail), "not ended") }
        let queued = try await runs.unsentMail(limit: 10)
        try requireEqual(queued.map(\.mail), [mail], "mail of the run")
        for mail in queued { try await runs.removeSent(mail) }
      }
    },

    Check("an abandoned run is told of together with its mail, once") { fixture in
      let runs = try await fixture.openRuns()
      let run = try await runs.begin(Sample.origin(at: 1000))
      let seen = Mutex<[BackupRun]>([])
      for time in [1599, 1600, 1601] as [Int64] {
        _ = try await runs.failSilentBackups(at: time) { run in
          seen.withLock { $0.append(run) }
          return Sample.mail("abandoned", dueAt: time)
        }
      }
      try requireEqual(seen.withLock { $0 }, [run.abandoned(at: 1600)], "runs that mail is of")
      try requireEqual(
        try await runs.unsentMail(limit: 10).map(\.mail), [Sample.mail("abandoned", dueAt: 1600)], "mail")
    },
  ]
}
