import Foundation
import GridFSStorage
import PoseCore
import TestServers
import Testing

@Suite("What a backup reads of a bucket")
struct ArchiveTests {
  @Test("documents are canonical Extended JSON of which pymongo makes the very same BSON, whatever they hold")
  func documents() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let ours = try await fixture.put(
        sample(1000), ImageMetadata(contentType: "image/jpeg", width: 640, fileName: "zwölf \"Katzen\" \\ \n.jpg"))
      let script = """
        import datetime
        db = client['\(fixture.database)']
        bucket = gridfs.GridFSBucket(db, bucket_name='images')
        bucket.upload_from_stream('theirs.jpg', b'abc', metadata={
            'double': 1.0, 'infinite': float('inf'), 'small': -1.5e-300, 'int': 7, 'long': bson.Int64(7), 'none': None,
            'true': True, 'when': datetime.datetime(1969, 1, 1, 0, 0, 0, 1000), 'bytes': b'\\x00\\xff',
            'uuid': bson.Binary(bytes(16), 4), 'pattern': bson.Regex('^a/b"$', 'i'), 'code': bson.Code('f()'),
            'decimal': bson.Decimal128('1.10'), 'stamp': bson.Timestamp(5, 6), 'min': bson.MinKey(),
            'list': [1, [], {}, {'a.b': '\\u0000\\u0001\\u2028\\U0001f9d8/'}], '': 'empty', 'ü "q" \\\\': 'x'})
        typed = gridfs.GridFS(db, 'images')
        typed.put(b'', filename=None, contentType='image/png', length_of_a_walk=2**40)
        print(*(document['_id'] for document in db['images.files'].find()))
        """
      let ids = try await fixture.server.python(script).split { " \n".contains($0) }.compactMap { ImageID($0) }
      #expect(ids.count == 3 && ids.contains(ours))
      for id in ids {
        let document = try #require(try await images.document(id))
        #expect(!document.contains(0x0A))
        let comparison = """
          from bson import json_util, raw_bson
          ours = bytes.fromhex('\(Hexadecimal.text(document))').decode()
          options = json_util.CANONICAL_JSON_OPTIONS
          files = client['\(fixture.database)'].get_collection(
              'images.files', codec_options=bson.CodecOptions(document_class=raw_bson.RawBSONDocument))
          stored = files.find_one({'_id': bson.ObjectId('\(id)')}).raw
          print(bson.encode(json_util.loads(ours, json_options=options)) == stored)
          """
        #expect(try await fixture.server.python(comparison) == "True\n", "\(id)")
      }
    }
  }

  @Test("collections of others and documents that are no pictures are named")
  func notIncluded() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      _ = try await fixture.put([1])
      #expect(try await images.notIncluded() == [])
      try await fixture.server.python(
        """
        db = client['\(fixture.database)']
        for name in ['thumbs.files', 'images', 'images.filesystem', 'a b'] + [f'many{n}' for n in range(150)]:
            db.create_collection(name)
        db.create_collection('seen', viewOn='images', pipeline=[])
        for document in [{'_id': 'text', 'length': 1}, {'_id': 5, 'length': 1}, {}, {'length': 'long'}, {'length': -1}]:
            db['images.files'].insert_one(document)
        """)
      let others = try await images.notIncluded()
      #expect(others.prefix(3) == ["a b", "images", "images.filesystem"])
      #expect(others.count == 156 && others.contains("thumbs.files") && others.contains("seen"))
      #expect(others.last == "images.files: documents without an ObjectId or a length (5)")
    }
  }

  @Test("a document with text that is not UTF-8 is told of")
  func notUTF8() async throws {
    try await GridFSFixture.with { fixture in
      let images = try await fixture.open().images
      let script = """
        from bson.raw_bson import RawBSONDocument
        db = client['\(fixture.database)']
        raw = bson.encode({'_id': bson.ObjectId(), 'length': 0, 'chunkSize': 5, 'filename': 'ab~~'})
        db['images.files'].insert_one(RawBSONDocument(raw.replace(b'~~', b'\\xff\\xfe')))
        print(bson.decode(raw)['_id'])
        """
      let printed = try await fixture.server.python(script).trimmingCharacters(in: .newlines)
      let id = try #require(ImageID(printed))
      #expect(try await images.find(id)?.length == 0)
      let error = await #expect(throws: PoseVaultError.self) { _ = try await images.document(id) }
      #expect(error?.code == .storageUnavailable && error?.message.contains("\(id)") == true)
    }
  }
}
