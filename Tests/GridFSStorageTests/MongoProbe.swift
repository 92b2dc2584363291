import CMongoC
import Foundation
import PoseCore

/// Asks MongoDB beside the storage, in its own words: commands and replies are extended JSON.
struct MongoProbe: Sendable {
  let uri: String

  /// Runs a command, and returns its reply.
  @discardableResult
  func run(_ command: String, database: String) throws -> [String: any Sendable] {
    var error = bson_error_t()
    guard let client = mongoc_client_new(uri), let command = bson_new_from_json(command, -1, &error) else {
      throw ProbeFailure(error)
    }
    defer { mongoc_client_destroy(client) }
    defer { bson_destroy(command) }
    let reply = UnsafeMutableRawPointer.allocate(byteCount: mongo_bson_size, alignment: mongo_bson_alignment)
    defer { reply.deallocate() }
    let done = mongoc_client_command_simple(client, database, command, nil, OpaquePointer(reply), &error)
    defer { bson_destroy(OpaquePointer(reply)) }
    guard done, let json = bson_as_relaxed_extended_json(OpaquePointer(reply), nil) else { throw ProbeFailure(error) }
    defer { bson_free(json) }
    let parsed = try JSONSerialization.jsonObject(with: Data(String(cString: json).utf8))
    return parsed as? [String: any Sendable] ?? [:]
  }

  /// Inserts a file's document whose name may be any bytes, as drivers do that don't look at them.
  func insert(_ id: ImageID, name: [UInt8], into collection: String, of database: String) throws {
    var error = bson_error_t()
    guard let client = mongoc_client_new(uri), let document = bson_new(), let options = bson_new() else {
      throw ProbeFailure(error)
    }
    defer {
      mongoc_client_destroy(client)
      bson_destroy(document)
      bson_destroy(options)
    }
    let target = mongoc_client_get_collection(client, database, collection)
    defer { mongoc_collection_destroy(target) }
    var oid = bson_oid_t()
    bson_oid_init_from_string(&oid, id.description)
    bson_append_oid(document, "_id", -1, &oid)
    bson_append_int64(document, "length", -1, 0)
    bson_append_int32(document, "chunkSize", -1, 261_120)
    name.withUnsafeBufferPointer { bytes in
      _ = bytes.withMemoryRebound(to: CChar.self) {
        bson_append_utf8(document, "filename", -1, $0.baseAddress, Int32($0.count))
      }
    }
    bson_append_bool(options, "validate", -1, false)
    guard mongoc_collection_insert_one(target, document, options, nil, &error) else { throw ProbeFailure(error) }
  }

  /// The documents that an aggregation gives at once.
  func aggregate(_ pipeline: String, _ collection: String, database: String) throws -> [[String: any Sendable]] {
    let target = collection.isEmpty ? "1" : "\"\(collection)\""
    let reply = try run(#"{"aggregate": \#(target), "pipeline": \#(pipeline), "cursor": {}}"#, database: database)
    let cursor = reply["cursor"] as? [String: any Sendable]
    return cursor?["firstBatch"] as? [[String: any Sendable]] ?? []
  }
}

struct ProbeFailure: Error, CustomStringConvertible {
  let description: String

  init(_ error: bson_error_t) {
    description = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
