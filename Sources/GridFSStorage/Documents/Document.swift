import CMongoC
import NIOCore
import PoseCore

/// A libbson document, freed with its owner.
struct Document: ~Copyable {
  private let bson: OpaquePointer
  private let memory: UnsafeMutableRawPointer

  init(_ fields: BSONFields = [:]) {
    // not bson_new: calls that give a reply initialise it anew, and then libbson would never free it
    memory = .allocate(byteCount: mongo_bson_size, alignment: mongo_bson_alignment)
    bson = OpaquePointer(memory)
    bson_init(bson)
    for (key, value) in fields.pairs { append(key, value) }
  }

  /// Reads Extended JSON; throws `badRequest` for anything else.
  init(json: [UInt8]) throws {
    self.init()
    var error = bson_error_t()
    guard let parsed = bson_new_from_json(json, json.count, &error) else {
      throw PoseVaultError(.badRequest, "A picture's document is not Extended JSON.")
    }
    defer { bson_destroy(parsed) }
    bson_concat(bson, parsed)
  }

  deinit {
    bson_destroy(bson)
    memory.deallocate()
  }

  /// Provides libbson's own document.
  borrowing func withBSON<Value>(_ body: (OpaquePointer) throws -> Value) rethrows -> Value {
    try body(bson)
  }

  private borrowing func append(_ key: String, _ value: BSONValue) {
    switch value {
    case .id(let digits):
      var id = bson_oid_t()
      bson_oid_init_from_string(&id, digits)
      bson_append_oid(bson, key, -1, &id)
    case .string(let text): bson_append_utf8(bson, key, -1, text, Int32(clamping: text.utf8.count))
    case .int32(let number): bson_append_int32(bson, key, -1, number)
    case .int64(let number): bson_append_int64(bson, key, -1, number)
    case .bool(let value): bson_append_bool(bson, key, -1, value)
    case .date(let milliseconds): bson_append_date_time(bson, key, -1, milliseconds)
    case .binary(let bytes):
      bytes.withUnsafeReadableBytes { bytes in
        let start = bytes.bindMemory(to: UInt8.self).baseAddress
        _ = bson_append_binary(bson, key, -1, BSON_SUBTYPE_BINARY, start, UInt32(clamping: bytes.count))
      }
    case .document(let fields): Document(fields).withBSON { _ = bson_append_document(bson, key, -1, $0) }
    case .array(let values):
      let array = Document()
      for (index, value) in values.enumerated() { array.append(String(index), value) }
      array.withBSON { _ = bson_append_array(bson, key, -1, $0) }
    }
  }

  /// The text of a zero-terminated C array of characters.
  static func text(_ characters: UnsafeRawBufferPointer) -> String {
    EscapedText.text(characters.prefix { $0 != 0 })
  }
}
