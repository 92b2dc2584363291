import CMongoC
import NIOCore
import PoseCore

/// Reads a document's fields by their paths, such as `metadata.width`; a value of a different type counts as missing.
///
/// Valid only as long as the document: one from a cursor is gone at the cursor's next step.
struct DocumentFields {
  let bson: OpaquePointer

  init(bson: OpaquePointer) {
    self.bson = bson
  }

  func id(_ path: String) -> ImageID? {
    value(path) { field in
      guard let id = bson_iter_oid(field) else { return nil }
      return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 25) { digits in
        bson_oid_to_string(id, digits.baseAddress)
        return ImageID(Document.text(UnsafeRawBufferPointer(digits)))
      }
    }
  }

  /// As ``EscapedText/text(_:)``: other drivers may have stored text that is not UTF-8.
  func string(_ path: String) -> String? {
    value(path) { field in
      var length: UInt32 = 0
      guard let text = bson_iter_utf8(field, &length) else { return nil }
      return EscapedText.text(UnsafeRawBufferPointer(start: text, count: Int(length)))
    }
  }

  /// An integer, whatever numeric type another driver chose for it.
  func int(_ path: String) -> Int? {
    value(path) { field in
      switch bson_iter_type(field) {
      case BSON_TYPE_INT32: Int(bson_iter_int32(field))
      case BSON_TYPE_INT64: Int(bson_iter_int64(field))
      case BSON_TYPE_DOUBLE: Int(exactly: bson_iter_double(field))
      default: nil
      }
    }
  }

  func bool(_ path: String) -> Bool? {
    value(path) { field in bson_iter_type(field) == BSON_TYPE_BOOL ? bson_iter_bool(field) : nil }
  }

  /// In milliseconds since 1970.
  func date(_ path: String) -> Int64? {
    value(path) { field in bson_iter_type(field) == BSON_TYPE_DATE_TIME ? bson_iter_date_time(field) : nil }
  }

  /// Calls `body` with the bytes in place.
  func withBinary<Value>(_ path: String, _ body: (UnsafeRawBufferPointer) throws -> Value) rethrows -> Value? {
    try value(path) { field in
      guard bson_iter_type(field) == BSON_TYPE_BINARY else { return nil }
      var length: UInt32 = 0
      var start: UnsafePointer<UInt8>?
      bson_iter_binary(field, nil, &length, &start)
      return try body(UnsafeRawBufferPointer(start: start, count: Int(length)))
    }
  }

  /// The names and values of a document's or an array's fields, in order.
  func forEach(_ path: String, _ body: (_ name: String, _ value: DocumentFields) throws -> Void) rethrows {
    _ = try value(path) { field in
      try withIterator { child -> Void? in
        guard bson_iter_recurse(field, child) else { return }
        while bson_iter_next(child) {
          // the field alone, as a document of its own
          let single = Document()
          try single.withBSON { bson in
            bson_append_iter(bson, "value", -1, child)
            try body(EscapedText.text(cString: bson_iter_key(child)), DocumentFields(bson: bson))
          }
        }
      }
    }
  }

  /// The whole document as canonical Extended JSON v2, on one line; nil if one of its texts is not UTF-8.
  var canonicalJSON: [UInt8]? {
    var length = 0
    guard let json = bson_as_canonical_extended_json(bson, &length) else { return nil }
    defer { bson_free(json) }
    return Array(UnsafeRawBufferPointer(start: json, count: length))
  }

  private func value<Value>(
    _ path: String, _ body: (OpaquePointer) throws -> Value?
  ) rethrows -> Value? {
    try withIterator { start in
      try withIterator { field in
        guard bson_iter_init(start, bson), bson_iter_find_descendant(start, path, field) else { return nil }
        return try body(field)
      }
    }
  }

  private func withIterator<Value>(_ body: (OpaquePointer) throws -> Value?) rethrows -> Value? {
    try withUnsafeTemporaryAllocation(
      byteCount: mongo_bson_iter_size, alignment: mongo_bson_alignment
    ) { memory in
      guard let start = memory.baseAddress else { return nil }
      return try body(OpaquePointer(start))
    }
  }
}
