import Synchronization

/// A picture's identity: a MongoDB ObjectId, in every storage.
///
/// 12 bytes: seconds since 1970 (big endian), five random bytes of this process, a three-byte counter.
/// Source: the BSON ObjectId specification.
public struct ImageID: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The first eight bytes and the last four, as big-endian numbers.
  @usableFromInline let high: UInt64
  @usableFromInline let low: UInt32

  /// Parses 24 hexadecimal digits of either case; nil for anything else.
  // inlinable, because lists parse one for each row, and what is generic is slow across modules
  @inlinable
  public init?(_ text: some StringProtocol) {
    let digits = text.utf8
    guard digits.count == 24 else { return nil }
    var high = UInt64(0)
    var low = UInt32(0)
    var index = 0
    for digit in digits {
      let value: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): value = digit - UInt8(ascii: "A") + 10
      default: return nil
      }
      if index < 16 { high = high << 4 | UInt64(value) } else { low = low << 4 | UInt32(value) }
      index += 1
    }
    self.high = high
    self.low = low
  }

  /// nil for anything but 12 bytes.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 12 else { return nil }
    high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    low = bytes.suffix(4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Its 12 bytes, which sort like the ids.
  public var bytes: [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) }
      + (0..<4).map { UInt8(truncatingIfNeeded: low >> (24 - 8 * $0)) }
  }

  private init(high: UInt64, low: UInt32) {
    self.high = high
    self.low = low
  }

  /// A new id, different from all others of this process, created at `seconds` since 1970.
  public static func generate(at seconds: Int64) -> ImageID {
    let count = counter.wrappingAdd(1, ordering: .relaxed).newValue & 0xFF_FFFF
    return ImageID(
      high: UInt64(UInt32(truncatingIfNeeded: seconds)) << 32 | processRandom >> 8,
      low: UInt32(truncatingIfNeeded: processRandom << 24) | count)
  }

  /// When it was created, in seconds since 1970.
  public var seconds: Int64 { Int64(high >> 32) }

  /// 24 hexadecimal digits in lower case.
  public var description: String {
    func hex(_ value: some BinaryInteger, digits: Int) -> String {
      let text = String(value, radix: 16)
      return String(repeating: "0", count: digits - text.count) + text
    }
    return hex(high, digits: 16) + hex(low, digits: 8)
  }

  public static func < (a: ImageID, b: ImageID) -> Bool {
    (a.high, a.low) < (b.high, b.low)
  }

  private static let processRandom = UInt64.random(in: 0..<1 << 40)
  private static let counter = Atomic(UInt32.random(in: 0...0xFF_FFFF))
}
