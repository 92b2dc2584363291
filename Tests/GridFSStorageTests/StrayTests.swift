import GridFSStorage
import PoseCore
import TestServers
import Testing

@Suite("Leftover chunks")
struct StrayTests {
  @Test("are found when old, never shown, and removed when asked")
  func strays() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let bytes = sample(600_000)
      let kept = try await fixture.put(bytes)
      let (old, young) = (ImageID.generate(at: 1), ImageID.generate(at: 2))
      try insert(old, writtenAt: [1000, 1500], fixture)
      try insert(young, writtenAt: [1000, 5000], fixture)
      #expect(try await images.find(old) == nil)
      #expect(try await images.list(after: nil, limit: 10).map(\.id) == [kept])
      #expect(try await images.strays(before: 2000) == ["\(old)"])
      #expect(try await images.strays(before: .max) == ["\(old)", "\(young)"])
      #expect(try await images.remove(strays: ["\(old)", "\(kept)", "nonsense"]) == 1)
      #expect(try await images.strays(before: .max) == ["\(young)"])
      #expect(try await fixture.bytes(kept) == bytes)
    }
  }

  @Test("of a crash keep their id from being stored again until they are removed")
  func retry() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let id = ImageID.generate(at: 1)
      // a crash while chunks were removed may leave any of them
      for numbers in [[0], [1]] {
        try insert(id, writtenAt: [1000], numbers: numbers, fixture)
        let bytes = sample(600_000)
        let error = await #expect(throws: PoseVaultError.self) {
          try await images.put(id, Pieces(bytes: bytes), length: bytes.count, uploadedAt: 1, metadata: .init())
        }
        #expect(error?.code == .internal)
        // what was there before stays, nothing else does
        #expect(try await fixture.leftovers().count == 1)
        #expect(try await images.remove(strays: ["\(id)"]) == 1)
        try await images.put(id, Pieces(bytes: bytes), length: bytes.count, uploadedAt: 1, metadata: .init())
        #expect(try await fixture.bytes(id) == bytes)
        #expect(try await images.delete(id))
      }
    }
  }

  @Test("are found among many pictures")
  func many() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      // more than are looked at in one step
      let script = """
        db = client['\(fixture.database)']
        files, chunks = [], []
        for i in range(25000):
            id = bson.ObjectId('%024x' % (i + 1))
            if i % 5000 != 4999:
                files.append({'_id': id, 'length': 1, 'chunkSize': 1})
            chunks.append({'_id': id, 'files_id': id, 'n': 0, 'data': b'a'})
        db['images.files'].insert_many(files)
        db['images.chunks'].insert_many(chunks)
        """
      try await fixture.server.python(script)
      let expected = [5000, 10_000, 15_000, 20_000, 25_000].map { number in
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 24 - digits.count) + digits
      }
      #expect(try await images.strays(before: 2000) == expected)
    }
  }

  private func insert(
    _ id: ImageID, writtenAt times: [Int64], numbers: [Int] = [0, 1], _ fixture: GridFSFixture
  ) throws {
    for (time, number) in zip(times, numbers) {
      try fixture.run(
        """
        {"insert": "images.chunks", "documents": [{
          "_id": {"$oid": "\(ImageID.generate(at: time))"}, "files_id": {"$oid": "\(id)"}, "n": \(number),
          "data": {"$binary": {"base64": "QUI=", "subType": "00"}}}]}
        """)
    }
  }
}
