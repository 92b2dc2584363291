import GridFSStorage
import PoseCore
import StorageContract
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
      let (old, young) = (try await fixture.put(bytes), try await fixture.put(bytes))
      try await interrupt(old, writtenAt: [1000, 1500, 1200], fixture)
      try await interrupt(young, writtenAt: [1000, 5000, 1200], fixture)
      #expect(try await images.find(old) == nil)
      #expect(try await images.list(after: nil, limit: 10).map(\.id) == [kept])
      #expect(try await images.strays(before: 2000) == ["\(old)"])
      #expect(try await images.strays(before: .max) == [old, young].sorted().map(\.description))
      #expect(try await images.remove(strays: ["\(old)", "\(kept)", "nonsense"]) == 1)
      #expect(try await images.strays(before: .max) == ["\(young)"])
      #expect(try await fixture.bytes(kept) == bytes)
    }
  }

  @Test("of others are neither found nor removed: they may be all that is left of adopted pictures")
  func foreign() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let mixed = try await fixture.put(sample(600_000))
      let script = """
        db = client['\(fixture.database)']
        bucket = gridfs.GridFSBucket(db, bucket_name='images', chunk_size_bytes=1000)
        for length in (1, 1000, 70001):
            print(bucket.upload_from_stream('a.jpg', bytes(length)))
        db['images.chunks'].insert_one({'files_id': bson.ObjectId('\(mixed)'), 'n': 7, 'data': b'a'})
        db['images.files'].delete_many({})
        """
      let ids = try await fixture.server.python(script).split(separator: "\n").map(String.init)
      let before = try await fixture.leftovers().count
      #expect(before == 1 + 1 + 71 + 4)
      #expect(try await images.strays(before: .max) == [])
      #expect(try await images.remove(strays: ids + ["\(mixed)"]) == 0)
      #expect(try await fixture.leftovers().count == before)
    }
  }

  @Test("of a crash keep their id from being stored again until they are removed")
  func retry() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let bytes = sample(600_000)
      // a crash while chunks were removed may leave any of them
      for number in 0...2 {
        let id = try await fixture.put(bytes)
        try await interrupt(id, writtenAt: [1000, 1000, 1000], fixture)
        try fixture.run(#"{"delete": "images.chunks", "deletes": [{"q": {"n": {"$ne": \#(number)}}, "limit": 0}]}"#)
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
      // more than are looked at in one step, with ids as our chunks have them
      let script = """
        import hashlib
        db = client['\(fixture.database)']
        files, chunks = [], []
        for i in range(25000):
            id = bson.ObjectId('%024x' % (i + 1))
            if i % 5000 != 4999:
                files.append({'_id': id, 'length': 1, 'chunkSize': 1})
            random = '%04x' % i
            mark = hashlib.sha256((str(id) + random).encode()).hexdigest()[:6]
            own = bson.ObjectId('%08x' % 1000 + random + mark + '000000')
            chunks.append({'_id': own, 'files_id': id, 'n': 0, 'data': b'a'})
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

  /// Makes a picture's chunks what is left of a put that was interrupted, each written at its time.
  private func interrupt(_ id: ImageID, writtenAt times: [Int64], _ fixture: GridFSFixture) async throws {
    let script = """
      db = client['\(fixture.database)']
      id = bson.ObjectId('\(id)')
      db['images.files'].delete_one({'_id': id})
      for time, chunk in zip(\(times), list(db['images.chunks'].find({'files_id': id}).sort('n'))):
          db['images.chunks'].delete_one({'_id': chunk['_id']})
          chunk['_id'] = bson.ObjectId('%08x' % time + str(chunk['_id'])[8:])
          db['images.chunks'].insert_one(chunk)
      """
    try await fixture.server.python(script)
  }
}
