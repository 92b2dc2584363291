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
