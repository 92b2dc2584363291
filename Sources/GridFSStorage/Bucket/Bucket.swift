import CMongoC

/// The two collections of the GridFS bucket `images`, seen through one connection by one thread.
struct Bucket: ~Copyable {
  static let name = "images"
  /// What we keep beside the bucket: one document.
  static let metaName = "posevault_meta"
  let files: MongoCollection
  let chunks: MongoCollection
  let meta: MongoCollection
  private let client: OpaquePointer
  private let database: String

  init(client: OpaquePointer, database: String) {
    self.client = client
    self.database = database
    files = MongoCollection(client, database, Self.name + ".files")
    chunks = MongoCollection(client, database, Self.name + ".chunks")
    meta = MongoCollection(client, database, Self.metaName)
  }

  /// The names of all collections of the database that the user may see.
  func collectionNames() throws -> [String] {
    let handle = mongoc_client_get_database(client, database)
    defer { mongoc_database_destroy(handle) }
    var names: [String] = []
    let options: BSONFields = ["nameOnly": true, "authorizedCollections": true]
    try MongoCollection.walk(
      Document(options).withBSON { mongoc_database_find_collections_with_opts(handle, $0) }
    ) { collection in
      if let name = collection.string("name") { names.append(name) }
    }
    return names
  }

  /// Runs a command that writes.
  func write(_ command: BSONFields) throws {
    var error = bson_error_t()
    let done = Document(command).withBSON {
      mongoc_client_write_command_with_opts(client, database, $0, nil, nil, &error)
    }
    guard done else { throw MongoFailure(error) }
  }

  /// Runs a command that changes nothing.
  func read<Value>(_ command: BSONFields, _ body: (DocumentFields) throws -> Value) throws -> Value {
    let reply = Document()
    return try reply.withBSON { reply in
      var error = bson_error_t()
      let done = Document(command).withBSON {
        mongoc_client_read_command_with_opts(client, database, $0, nil, nil, reply, &error)
      }
      guard done else { throw MongoFailure(error) }
      return try body(DocumentFields(bson: reply))
    }
  }
}
