import CMongoC
import PoseCore

/// The two collections of the GridFS bucket `images`, accessed over one connection by one thread.
struct Bucket: ~Copyable {
  static let name = "images"
  /// What we store next to the bucket: one document.
  static let metaName = "posevault_meta"
  static let hashField = "metadata.sha256"
  let files: MongoCollection
  let chunks: MongoCollection
  let meta: MongoCollection
  private let client: OpaquePointer
  private let database: String

  init(client: OpaquePointer, database: String) {
    self.client = client
    self.database = database
    files = MongoCollection(of: client, database: database, name: Self.name + ".files")
    chunks = MongoCollection(of: client, database: database, name: Self.name + ".chunks")
    meta = MongoCollection(of: client, database: database, name: Self.metaName)
  }

  /// The names of all collections in the database that the user may see.
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

  /// Runs a read-only command.
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

extension Bucket {
  /// Makes the two indexes of the GridFS specification, and one by which pictures are found by their bytes, where they
  /// are missing; equal ones under any name are taken.
  borrowing func makeIndexes() throws {
    try make(["filename", "uploadDate"], unique: false, of: files, named: Self.name + ".files")
    try make(["files_id", "n"], unique: true, of: chunks, named: Self.name + ".chunks")
    do {
      try make([Self.hashField], unique: false, of: files, named: Self.name + ".files")
    } catch let failure as MongoFailure where [.unauthorized, .noJournal, .other].contains(failure.kind) {
      // whoever set up the bucket may not want us to add one; nothing depends on it but finding duplicates by their bytes
    }
  }

  private borrowing func make(
    _ keys: [String], unique: Bool, of collection: borrowing MongoCollection, named name: String
  ) throws {
    switch try Self.unique(keys, in: collection) {
    case .some(let found) where found || !unique: return
    case .some:
      throw PoseVaultError(
        .storageUnavailable,
        "The index of \(name) on \(keys.joined(separator: ", ")) is not unique. Drop it and start again, so that it "
          + "is created correctly; otherwise two uploads could be mixed up.")
    case nil: break
    }
    var key: BSONFields = [:]
    for field in keys { key.append(field, 1) }
    var index: BSONFields = ["key": .document(key), "name": .string(keys.map { $0 + "_1" }.joined(separator: "_"))]
    if unique { index.append("unique", true) }
    try write(["createIndexes": .string(name), "indexes": [.document(index)]])
  }

  /// Whether the ascending index on `keys` is unique; nil if there is none.
  private static func unique(_ keys: [String], in collection: borrowing MongoCollection) throws -> Bool? {
    var unique: Bool?
    do {
      try collection.indexes { index in
        var found: [String] = []
        // drivers write the 1 as one or another type of number
        index.forEach("key") { field, value in found.append(value.int("value") == 1 ? field : "-" + field) }
        if found == keys { unique = index.bool("unique") ?? false }
      }
    } catch let failure as MongoFailure where failure.kind == .unknownCollection {
      return nil
    }
    return unique
  }
}
