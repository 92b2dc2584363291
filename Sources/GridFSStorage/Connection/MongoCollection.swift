import CMongoC

/// One collection, accessed over one connection by one thread. All calls block.
struct MongoCollection: ~Copyable {
  private let collection: OpaquePointer

  init(of client: OpaquePointer, database: String, name: String) {
    collection = mongoc_client_get_collection(client, database, name)
  }

  deinit {
    mongoc_collection_destroy(collection)
  }

  /// Calls `body` with each document found, which is valid only during the call.
  func find(_ filter: BSONFields, _ options: BSONFields, _ body: (DocumentFields) throws -> Void) throws {
    let cursor = Document(filter).withBSON { filter in
      Document(options).withBSON { mongoc_collection_find_with_opts(collection, filter, $0, nil) }
    }
    try Self.walk(cursor, body)
  }

  func indexes(_ body: (DocumentFields) throws -> Void) throws {
    try Self.walk(mongoc_collection_find_indexes_with_opts(collection, nil), body)
  }

  /// Calls `body` with each document of a new cursor, and destroys the cursor.
  static func walk(_ cursor: OpaquePointer?, _ body: (DocumentFields) throws -> Void) throws {
    defer { mongoc_cursor_destroy(cursor) }
    var document: OpaquePointer?
    while mongoc_cursor_next(cursor, &document) {
      if let document { try body(DocumentFields(bson: document)) }
    }
    var error = bson_error_t()
    if mongoc_cursor_error(cursor, &error) { throw MongoFailure(error) }
  }

  /// How many documents match; answered from an index alone if one contains all that `filter` uses.
  func count(_ filter: BSONFields) throws -> Int {
    var error = bson_error_t()
    let count = Document(filter).withBSON {
      mongoc_collection_count_documents(collection, $0, nil, nil, nil, &error)
    }
    guard count >= 0 else { throw MongoFailure(error) }
    return Int(count)
  }

  /// Inserts in the given order, up to the first that fails.
  ///
  /// - Parameter journaled: whether to wait until a majority has the documents on disk, or only in memory.
  func insert(_ documents: [BSONFields], journaled: Bool) throws {
    let owned = documents.map { SharedDocument($0) }
    var pointers = owned.map { $0.document.withBSON { Optional($0) } }
    var error = bson_error_t()
    let done = withExtendedLifetime(owned) {
      withOptions(journaled: journaled) {
        mongoc_collection_insert_many(collection, &pointers, pointers.count, $0, nil, &error)
      }
    }
    guard done else { throw MongoFailure(error) }
  }

  /// Inserts a document given as Extended JSON; when this returns, it is on the disks of a majority.
  func insert(json: [UInt8]) throws {
    let document = try Document(json: json)
    var error = bson_error_t()
    let done = document.withBSON { document in
      withOptions(journaled: true) { mongoc_collection_insert_one(collection, document, $0, nil, &error) }
    }
    guard done else { throw MongoFailure(error) }
  }

  /// Changes one matching document, and returns whether there was one; when this returns, the change is on the disks of
  /// a majority.
  func updateOne(_ filter: BSONFields, _ change: BSONFields) throws -> Bool {
    let reply = Document()
    return try reply.withBSON { reply in
      var error = bson_error_t()
      let done = Document(filter).withBSON { filter in
        Document(change).withBSON { change in
          withOptions(journaled: true) {
            mongoc_collection_update_one(collection, filter, change, $0, reply, &error)
          }
        }
      }
      guard done else { throw MongoFailure(error) }
      return DocumentFields(bson: reply).int("matchedCount") ?? 0 > 0
    }
  }

  /// Deletes one matching document, and returns whether there was one; the driver may retry this once.
  func deleteOne(_ filter: BSONFields) throws -> Bool {
    try delete(filter, journaled: true, mongoc_collection_delete_one) > 0
  }

  /// Deletes all that match, without waiting for the disk, and returns how many there were.
  @discardableResult
  func deleteAll(_ filter: BSONFields) throws -> Int {
    try delete(filter, journaled: false, mongoc_collection_delete_many)
  }

  private func delete(
    _ filter: BSONFields, journaled: Bool,
    _ call: (
      OpaquePointer?, OpaquePointer?, OpaquePointer?, OpaquePointer?, UnsafeMutablePointer<bson_error_t>?
    ) -> Bool
  ) throws -> Int {
    let reply = Document()
    return try reply.withBSON { reply in
      var error = bson_error_t()
      let done = Document(filter).withBSON { filter in
        withOptions(journaled: journaled) { call(collection, filter, $0, reply, &error) }
      }
      guard done else { throw MongoFailure(error) }
      return DocumentFields(bson: reply).int("deletedCount") ?? 0
    }
  }

  /// Provides the options for a write that is confirmed once a majority has it, on disk or only in memory.
  private func withOptions<Value>(journaled: Bool, _ body: (OpaquePointer) -> Value) -> Value {
    let concern = mongoc_write_concern_copy(mongoc_collection_get_write_concern(collection))
    defer { mongoc_write_concern_destroy(concern) }
    mongoc_write_concern_set_journal(concern, journaled)
    return Document().withBSON { options in
      mongoc_write_concern_append(concern, options)
      return body(options)
    }
  }
}

/// A document that an array can contain.
private final class SharedDocument {
  let document: Document

  init(_ fields: BSONFields) {
    document = Document(fields)
  }
}
