/// The checksum that zlib, ZIP and MySQL's `CRC32()` compute. Source: ISO 3309, polynomial 0xEDB88320 reflected.
public enum CRC32 {
  public static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    // byte by byte through a sequence of any kind takes twenty times as long
    bytes.withContiguousStorageIfAvailable(of) ?? Array(bytes).withUnsafeBufferPointer(of)
  }

  private static func of(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    ~register(.max, after: bytes)
  }

  private static func register(_ value: UInt32, after bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      var value = value
      for byte in bytes { value = table[Int((value ^ UInt32(byte)) & 0xFF)] ^ value >> 8 }
      return value
    }
  }

  /// The checksum of bytes that arrive in pieces.
  public struct Running: Sendable {
    private var register = UInt32.max

    public init() {}

    public mutating func add(_ bytes: [UInt8]) {
      register = bytes.withUnsafeBufferPointer { CRC32.register(register, after: $0) }
    }

    public var value: UInt32 { ~register }
  }

  private static let table: [UInt32] = (0..<256).map { (index: UInt32) in
    var value = index
    for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    return value
  }
}
