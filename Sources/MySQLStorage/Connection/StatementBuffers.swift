import CMariaDB

/// The values of one execution, laid out as libmariadb reads them.
final class Parameters {
  let binds: UnsafeMutablePointer<MYSQL_BIND>
  private let bytes: UnsafeMutableRawPointer

  init(_ values: [MySQLValue]) {
    binds = .allocate(capacity: values.count)
    binds.initialize(repeating: MYSQL_BIND(), count: values.count)
    let sizes = values.map(Self.size)
    bytes = .allocate(byteCount: sizes.reduce(0, +), alignment: MemoryLayout<Int64>.alignment)
    var place = bytes
    for (index, value) in values.enumerated() {
      binds[index].buffer = place
      switch value {
      case .null: binds[index].buffer_type = MYSQL_TYPE_NULL
      case .int(let number):
        binds[index].buffer_type = MYSQL_TYPE_LONGLONG
        place.storeBytes(of: number, as: Int64.self)
      case .double(let number):
        binds[index].buffer_type = MYSQL_TYPE_DOUBLE
        place.storeBytes(of: number, as: Double.self)
      case .bytes(let content):
        binds[index].buffer_type = MYSQL_TYPE_STRING
        binds[index].buffer_length = UInt(content.count)
        content.withUnsafeBytes {
          place.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(place), byteCount: $0.count)
        }
      }
      place += sizes[index]
    }
  }

  deinit {
    binds.deallocate()
    bytes.deallocate()
  }

  /// Rounded up, so that numbers are aligned.
  private static func size(_ value: MySQLValue) -> Int {
    switch value {
    case .null: 0
    case .int, .double: 8
    case .bytes(let content): (content.count + 7) / 8 * 8
    }
  }
}

/// Where libmariadb puts a row: numbers as such, for everything else the length.
final class ResultColumns {
  let count: Int
  let binds: UnsafeMutablePointer<MYSQL_BIND>
  /// Integers, or the bits of other numbers.
  let numbers: UnsafeMutablePointer<Int64>
  let lengths: UnsafeMutablePointer<UInt>
  let isNull: UnsafeMutablePointer<my_bool>

  init(_ fields: UnsafeMutablePointer<MYSQL_FIELD>?, count: Int) {
    self.count = count
    binds = .allocate(capacity: count)
    binds.initialize(repeating: MYSQL_BIND(), count: count)
    numbers = .allocate(capacity: count)
    numbers.initialize(repeating: 0, count: count)
    lengths = .allocate(capacity: count)
    lengths.initialize(repeating: 0, count: count)
    isNull = .allocate(capacity: count)
    isNull.initialize(repeating: 0, count: count)
    for column in 0..<count {
      binds[column].length = lengths + column
      binds[column].is_null = isNull + column
      switch fields?[column].type {
      case MYSQL_TYPE_TINY, MYSQL_TYPE_SHORT, MYSQL_TYPE_INT24, MYSQL_TYPE_LONG, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_YEAR:
        bind(column, MYSQL_TYPE_LONGLONG)
      case MYSQL_TYPE_FLOAT, MYSQL_TYPE_DOUBLE:
        bind(column, MYSQL_TYPE_DOUBLE)
      default:
        binds[column].buffer_type = MYSQL_TYPE_STRING
      }
    }
  }

  private func bind(_ column: Int, _ type: enum_field_types) {
    binds[column].buffer_type = type
    binds[column].buffer = UnsafeMutableRawPointer(numbers + column)
    binds[column].buffer_length = UInt(MemoryLayout<Int64>.size)
  }

  deinit {
    binds.deallocate()
    numbers.deallocate()
    lengths.deallocate()
    isNull.deallocate()
  }
}
