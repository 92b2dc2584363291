import NIOCore

/// A value to be sent to MongoDB; documents keep the order of their keys.
enum BSONValue: Sendable {
  /// An ObjectId's 24 hexadecimal digits.
  case id(String)
  case string(String)
  case int32(Int32)
  case int64(Int64)
  case bool(Bool)
  /// In milliseconds since 1970.
  case date(Int64)
  case binary(ByteBuffer)
  case document(BSONFields)
  case array([BSONValue])
}

/// A document's fields, in order.
struct BSONFields: Sendable, ExpressibleByDictionaryLiteral {
  private(set) var pairs: [(String, BSONValue)]

  init(dictionaryLiteral pairs: (String, BSONValue)...) {
    self.pairs = pairs
  }

  mutating func append(_ key: String, _ value: BSONValue?) {
    if let value { pairs.append((key, value)) }
  }
}

extension BSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int32) { self = .int32(value) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
  init(arrayLiteral values: BSONValue...) { self = .array(values) }

  init(dictionaryLiteral pairs: (String, BSONValue)...) {
    var fields: BSONFields = [:]
    for (key, value) in pairs { fields.append(key, value) }
    self = .document(fields)
  }
}
