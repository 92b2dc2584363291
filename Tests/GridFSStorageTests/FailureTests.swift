import GridFSStorage
import NIOCore
import PoseCore
import StorageContract
import Synchronization
import TestServers
import Testing

@Suite("MongoDB in trouble", .serialized)
struct FailureTests {
  @Test("that hangs hangs nobody, is told by the ping within 2 s, and is used again afterwards")
  func hanging() async throws {
    let server = try await MongoDBServer.start()
    try await GridFSFixture.with(server) { fixture in
      let images = try await fixture.open().images
      let id = try await fixture.put([1, 2, 3])
      server.pause()
      let clock = ContinuousClock()
      for _ in 0..<3 {
        let took = await clock.measure {
          await #expect(throws: PoseVaultError.self) { try await images.ping() }
        }
        #expect(took < .seconds(2))
      }
      let failures = await withTaskGroup(of: PoseVaultError.Code?.self) { group in
        for number in 0..<100 {
          group.addTask {
            do {
              if number % 2 == 0 { _ = try await images.find(id) } else { try await images.ping() }
              return nil
            } catch {
              return (error as? PoseVaultError)?.code
            }
          }
        }
        return await group.reduce(into: [PoseVaultError.Code?]()) { $0.append($1) }
      }
      #expect(failures.allSatisfy { $0 == .storageUnavailable })
      server.resume()
      try await Self.untilItAnswers(images)
      #expect(try await fixture.bytes(id) == [1, 2, 3])
    }
  }

  @Test("that is killed again and again keeps every picture that was acknowledged, and none is damaged")
  func killed() async throws {
    let server = try await MongoDBServer.start()
    try await GridFSFixture.with(server) { fixture in
      let images = try await fixture.open().images
      let end = End()
      let stored = try await withThrowingTaskGroup(of: [(ImageID, Int)].self) { group in
        for worker in 0..<8 {
          group.addTask {
            var stored: [(ImageID, Int)] = []
            for number in 0..<10_000 where !end.hasCome {
              let (id, seed) = (ImageID.generate(at: 1), worker * 10_000 + number)
              let bytes = sample(50_000 + 90_000 * worker, seed: seed)
              do {
                try await images.put(id, Pieces(bytes: bytes), length: bytes.count, uploadedAt: 1, metadata: .init())
                stored.append((id, seed))
              } catch let error as PoseVaultError where error.code == .storageUnavailable {
                try await Task.sleep(for: .milliseconds(50))
              }
            }
            return stored
          }
        }
        for _ in 0..<4 {
          try await Task.sleep(for: .milliseconds(700))
          try await server.kill9()
          try await server.restart()
          try await Self.untilItAnswers(images)
        }
        end.come()
        return try await group.reduce(into: [(ImageID, Int)]()) { $0 += $1 }
      }
      #expect(stored.count > 20)
      for (id, seed) in stored {
        #expect(try await fixture.bytes(id) == sample(50_000 + 90_000 * (seed / 10_000), seed: seed))
      }
      // also those whose acknowledgement was lost are whole
      for image in try await images.list(after: nil, limit: 100_000) {
        #expect(try await fixture.bytes(image.id)?.count == image.length)
      }
      _ = try await images.remove(strays: images.strays(before: .max))
      #expect(try await fixture.leftovers() == [])
    }
  }

  @Test("as a replica set keeps the bucket, with majority and journal in every picture's document")
  func replicaSet() async throws {
    let server = try await MongoDBServer.start(options: ["--replSet", "rs0"])
    try await GridFSFixture.with(server) { fixture in
      let storage = try await fixture.open()
      // weaker ones in the connection string don't count
      let weak = try await GridFSStorage.open(
        GridFSConfiguration(uri: fixture.uri + "&w=1&journal=false&readPreference=secondaryPreferred"))
      try fixture.run(#"{"profile": 2}"#)
      let id = ImageID.generate(at: 1)
      let bytes = sample(3_000_000)
      try await weak.images.put(id, Pieces(bytes: bytes), length: bytes.count, uploadedAt: 1, metadata: .init())
      #expect(try await fixture.bytes(id) == bytes)
      try fixture.run(#"{"profile": 0}"#)
      let pipeline = #"[{"$match": {"op": "insert"}}, {"$sort": {"ts": 1}}, {"$replaceWith": "$command.writeConcern"}]"#
      let concerns = try fixture.probe.aggregate(pipeline, "system.profile", database: fixture.database)
      #expect(concerns.count == 3)
      #expect(concerns.allSatisfy { $0["w"] as? String == "majority" })
      #expect(concerns.last?["j"] as? Bool == true)
      #expect(try await storage.warnings() == [])
      #expect(try await weak.images.delete(id))
      try await weak.close()
    }
  }

  @Test("that keeps no journal is named")
  func noJournal() async throws {
    let server = try await MongoDBServer.start(options: ["--nojournal"])
    try await GridFSFixture.with(server) { fixture in
      let refused = await #expect(throws: PoseVaultError.self) { _ = try await fixture.open() }
      #expect(refused?.message.contains("no journal") ?? false)
      // where another driver has made the indexes, it is the pictures that are refused
      try await server.python(
        "gridfs.GridFSBucket(client['\(fixture.database)'], bucket_name='images').upload_from_stream('a', b'b')")
      let storage = try await fixture.open()
      #expect(try await storage.warnings().first?.contains("no journal") ?? false)
      let byHash = try await storage.images.find(sha256: String(repeating: "ab", count: 32), limit: 1)
      #expect(byHash == nil, "the index for it could not be made")
      let error = await #expect(throws: PoseVaultError.self) { _ = try await fixture.put([1]) }
      #expect(error?.message.contains("no journal") ?? false)
      #expect(try await fixture.leftovers() == [])
    }
  }

  @Test("that is not there is told with its address")
  func absent() async throws {
    let error = await #expect(throws: PoseVaultError.self) {
      _ = try await GridFSStorage.open(GridFSConfiguration(uri: "mongodb://user:Geheim@127.0.0.1:9/"))
    }
    #expect(error?.code == .storageUnavailable)
    #expect(error?.message.contains("MongoDB at 127.0.0.1:9 can't be reached") ?? false)
  }

  @Test("that has no connection left is told, and used again once it has")
  func connections() async throws {
    let server = try await MongoDBServer.start(options: ["--maxConns", "12"])
    try await GridFSFixture.with(server) { fixture in
      let images = try await fixture.open().images
      let id = try await fixture.put([1])
      let outcomes = await withTaskGroup(of: PoseVaultError.Code?.self) { group in
        for _ in 0..<60 {
          group.addTask {
            do {
              _ = try await images.find(id)
              return nil
            } catch {
              return (error as? PoseVaultError)?.code ?? .internal
            }
          }
        }
        return await group.reduce(into: [PoseVaultError.Code?]()) { $0.append($1) }
      }
      #expect(outcomes.allSatisfy { $0 == nil || $0 == .storageUnavailable })
      try await Self.untilItAnswers(images)
    }
  }

  private static func untilItAnswers(_ images: GridFSImageStore) async throws {
    for _ in 0..<300 {
      do {
        try await images.ping()
        _ = try await images.list(after: nil, limit: 1)
        return
      } catch is PoseVaultError {
        try await Task.sleep(for: .milliseconds(100))
      }
    }
    Issue.record("the storage never answered again")
  }
}

/// Tells those at work that they may stop.
private final class End: Sendable {
  private let came = Mutex(false)

  var hasCome: Bool { came.withLock { $0 } }

  func come() { came.withLock { $0 = true } }
}
