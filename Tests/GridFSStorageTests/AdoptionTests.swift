import Foundation
import GridFSStorage
import PoseCore
import TestServers
import Testing

@Suite("A bucket that others use")
struct AdoptionTests {
  @Test("holds pictures of pymongo's without metadata, which are read byte by byte")
  func theirs() async throws {
    try await GridFSFixture.with { fixture in
      let script = """
        import datetime
        bucket = gridfs.GridFSBucket(client['\(fixture.database)'], bucket_name='images', chunk_size_bytes=1000)
        data = bytes((i * 7919 + 131) >> 5 & 255 for i in range(70001))
        print(bucket.upload_from_stream('theirs.jpg', data))
        print(bucket.upload_from_stream('', b''))
        typed = gridfs.GridFS(client['\(fixture.database)'], 'images')
        print(typed.put(data, filename='typed.png', contentType='image/png'))
        bucket.upload_from_stream_with_id('no ObjectId', 'other.jpg', data)
        """
      let ids = try await fixture.server.python(script).split(separator: "\n").compactMap { ImageID($0) }
      let images = try await fixture.open().images
      #expect(ids.count == 3)
      #expect(try await images.list(after: nil, limit: 10).map(\.id) == ids.sorted())
      let expected = sample(70_001)
      #expect(try await fixture.bytes(ids[0]) == expected)
      #expect(try await fixture.bytes(ids[0], 999..<3001) == Array(expected[999..<3001]))
      #expect(try await fixture.bytes(ids[1]) == [])
      #expect(try await fixture.bytes(ids[2]) == expected)
      let found = try #require(try await images.find(ids[0]))
      #expect(found.length == 70_001)
      #expect(found.metadata == ImageMetadata(fileName: "theirs.jpg"))
      #expect(abs(found.uploadedAt - Int64(Date.now.timeIntervalSince1970)) < 600)
      #expect(try await images.find(ids[2])?.metadata.contentType == "image/png")
      #expect(try await images.delete(ids[0]))
      #expect(try await fixture.leftovers() == [])
    }
  }

  @Test(
    "holds pictures in chunks of any size",
    // documents that a batch has by default, and some more than a piece has; 40 MB is more than a document can have
    arguments: [(1, 101), (1, 102), (1, 25_003), (1024, 200_003), (1_000_000, 200_003), (40_000_000, 200_003)])
  func chunkSizes(chunkSize: Int, length: Int) async throws {
    try await GridFSFixture.with { fixture in
      let script = """
        db = client['\(fixture.database)']
        bucket = gridfs.GridFSBucket(db, bucket_name='images', chunk_size_bytes=\(chunkSize))
        print(bucket.upload_from_stream('a.jpg', bytes((i * 7919 + 131) >> 5 & 255 for i in range(\(length)))))
        """
      let id = try #require(ImageID(try await fixture.server.python(script).trimmingCharacters(in: .newlines)))
      _ = try await fixture.open()
      let expected = sample(length)
      #expect(try await fixture.bytes(id) == expected)
      #expect(try await fixture.bytes(id, 50..<length - 1) == Array(expected[50..<length - 1]))
    }
  }

  @Test("gets pictures that pymongo reads, with all that is known of them")
  func ours() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let metadata = ImageMetadata(
        contentType: "image/jpeg", sha256: String(repeating: "ab", count: 32), width: 640, height: 425,
        fileName: "zwölf \"Katzen\".jpg", datasetID: "d1")
      let bytes = sample(700_000)
      let id = try await fixture.put(bytes, metadata)
      let bare = try await fixture.put([1])
      let script = """
        import hashlib
        db = client['\(fixture.database)']
        stored = gridfs.GridFS(db, 'images').get(bson.ObjectId('\(id)'))
        print(hashlib.sha256(stored.read()).hexdigest())
        print(stored.filename, stored.length, stored.chunk_size, stored.upload_date.isoformat())
        print(sorted(stored.metadata.items()))
        print(sorted(db['images.files'].find_one({'_id': stored._id})))
        print([(type(c['_id']).__name__, type(c['n']).__name__, c['n'], type(c['data']).__name__, len(c))
               for c in db['images.chunks'].find({'files_id': stored._id}).sort('n')])
        print(gridfs.GridFS(db, 'images').get(bson.ObjectId('\(bare)')).filename)
        """
      let lines = try await fixture.server.python(script).split(separator: "\n").map(String.init)
      // sha256sum of the same bytes, made by Python below
      let digest = try await fixture.server.python(
        "import hashlib; print(hashlib.sha256(bytes((i*7919+131)>>5&255 for i in range(700000))).hexdigest())")
      #expect(lines[0] + "\n" == digest)
      #expect(lines[1] == "zwölf \"Katzen\".jpg 700000 261120 2025-12-10T10:30:00")
      #expect(
        lines[2] == "[('contentType', 'image/jpeg'), ('datasetId', 'd1'), ('fileName', 'zwölf \"Katzen\".jpg'), "
          + "('height', 425), ('sha256', '\(metadata.sha256 ?? "")'), ('width', 640)]")
      #expect(lines[3] == "['_id', 'chunkSize', 'filename', 'length', 'metadata', 'uploadDate']")
      let chunks = (0..<3).map { "('ObjectId', 'int', \($0), 'bytes', 4)" }.joined(separator: ", ")
      #expect(lines[4] == "[\(chunks)]")
      #expect(lines[5] == "\(bare)")
      #expect(try await images.find(bare)?.metadata.fileName == nil)
    }
  }

  @Test("gets the indexes of the GridFS specification, with which pymongo makes no others, and one for the SHA-256")
  func indexes() async throws {
    try await GridFSFixture.with { fixture in
      _ = try await fixture.open()
      let script = """
        db = client['\(fixture.database)']
        gridfs.GridFSBucket(db, bucket_name='images').upload_from_stream('a', b'b')
        for name in ('images.files', 'images.chunks'):
            for key, index in sorted(db[name].index_information().items()):
                print(name, key, index['key'], index.get('unique', False))
        """
      #expect(
        try await fixture.server.python(script) == """
          images.files _id_ [('_id', 1)] False
          images.files filename_1_uploadDate_1 [('filename', 1), ('uploadDate', 1)] False
          images.files metadata.sha256_1 [('metadata.sha256', 1)] False
          images.chunks _id_ [('_id', 1)] False
          images.chunks files_id_1_n_1 [('files_id', 1), ('n', 1)] True

          """)
    }
  }

  @Test("keeps equal indexes whatever their names and types of numbers")
  func equalIndexes() async throws {
    try await GridFSFixture.with { fixture in
      try fixture.run(
        """
        {"createIndexes": "images.files",
         "indexes": [{"key": {"filename": 1.0, "uploadDate": 1.0}, "name": "f"},
                     {"key": {"metadata.sha256": 1.0}, "name": "s"}]}
        """)
      try fixture.run(
        """
        {"createIndexes": "images.chunks",
         "indexes": [{"key": {"files_id": 1.0, "n": {"$numberLong": "1"}}, "name": "c", "unique": true}]}
        """)
      _ = try await fixture.open()
      for (name, count) in [("images.files", 3), ("images.chunks", 2)] {
        let cursor = try fixture.run(#"{"listIndexes": "\#(name)"}"#)["cursor"] as? [String: any Sendable]
        #expect((cursor?["firstBatch"] as? [any Sendable])?.count == count)
      }
    }
  }

  @Test("is refused where its index of chunks lets two uploads mix")
  func looseIndex() async throws {
    try await GridFSFixture.with { fixture in
      try fixture.run(
        #"{"createIndexes": "images.chunks", "indexes": [{"key": {"files_id": 1, "n": 1}, "name": "c"}]}"#)
      let error = await #expect(throws: PoseVaultError.self) { try await fixture.open() }
      #expect(error?.message.contains("images.chunks") ?? false)
      #expect(error?.message.contains("not unique") ?? false)
    }
  }

  @Test("is pose_images_db's where the connection string names no database")
  func defaultDatabase() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open(fixture.server.uri()).images
      let id = try await fixture.put([7])
      let pipeline = #"[{"$match": {"_id": {"$oid": "\#(id)"}}}]"#
      #expect(try fixture.probe.aggregate(pipeline, "images.files", database: "pose_images_db").count == 1)
      #expect(try await images.delete(id))
    }
  }

  @Test(
    "holds documents that are no pictures, which are passed over",
    arguments: [#"{}"#, #"{"length": "5"}"#, #"{"length": -1}"#, #"{"length": 1e300}"#, #"{"length": 1.5}"#])
  func noPictures(document: String) async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let id = try await fixture.put([1])
      try fixture.run(
        #"{"update": "images.files", "updates": [{"q": {"_id": {"$oid": "\#(id)"}}, "u": \#(document)}]}"#)
      #expect(try await images.find(id) == nil)
      #expect(try await images.list(after: nil, limit: 5) == [])
    }
  }

  @Test(
    "holds numbers of other types",
    arguments: [#""length": 5, "chunkSize": 2"#, #""length": {"$numberLong": "5"}, "chunkSize": {"$numberLong": "2"}"#])
  func numbers(fields: String) async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let id = ImageID.generate(at: 1000)
      let data = [("0", "QUI="), ("1.0", "Q0Q="), (#"{"$numberLong": "2"}"#, "RQ==")]
      let chunks = data.map { number, text in
        #"{"files_id": {"$oid": "\#(id)"}, "n": \#(number), "data": {"$binary": {"base64": "\#(text)", "subType": "00"}}}"#
      }
      try fixture.run(#"{"insert": "images.files", "documents": [{"_id": {"$oid": "\#(id)"}, \#(fields)}]}"#)
      try fixture.run(#"{"insert": "images.chunks", "documents": [\#(chunks.joined(separator: ", "))]}"#)
      #expect(try await fixture.bytes(id) == Array("ABCDE".utf8))
      #expect(try await fixture.bytes(id, 1..<4) == Array("BCD".utf8))
      // without a date, the id tells
      #expect(try await images.find(id)?.uploadedAt == 1000)
    }
  }
}
