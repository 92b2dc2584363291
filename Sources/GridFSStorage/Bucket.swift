import CMongoC

/// The two collections of the GridFS bucket `images`, seen through one connection by one thread.
struct Bucket: ~Copyable {
  static let name = "images"
  let files: MongoCollection
  let chunks: MongoCollection
  private let client: OpaquePointer
  private let database: String

  init(client: OpaquePointer, database: String) {
    self.client = client
    self.database = database
    files = MongoCollection(client, database, Self.name + ".files")
    chunks = MongoCollection(client, database, Self.name + ".chunks")
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
