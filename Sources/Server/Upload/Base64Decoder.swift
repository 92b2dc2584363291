/// Base64 in pieces of any length; line breaks and white space are ignored.
struct Base64Decoder {
  struct Malformed: Error {}

  private var bits: UInt32 = 0
  private var digits = 0
  private var padding = 0

  /// Throws ``Malformed``.
  mutating func decode(_ bytes: some Collection<UInt8>) throws -> [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count / 4 * 3 + 3)
    for byte in bytes {
      switch byte {
      case 0x20, 0x09, 0x0D, 0x0A: continue
      case UInt8(ascii: "="):
        padding += 1
        guard padding <= 2, digits + padding <= 4, digits >= 2 else { throw Malformed() }
      default:
        guard padding == 0, let value = Self.value(byte) else { throw Malformed() }
        bits = bits << 6 | UInt32(value)
        digits += 1
        if digits == 4 {
          decoded.append(UInt8(truncatingIfNeeded: bits >> 16))
          decoded.append(UInt8(truncatingIfNeeded: bits >> 8))
          decoded.append(UInt8(truncatingIfNeeded: bits))
          bits = 0
          digits = 0
        }
      }
    }
    return decoded
  }

  /// The bytes of an incomplete last group, whose padding may be missing. Throws ``Malformed``.
  func finish() throws -> [UInt8] {
    guard padding == 0 || digits + padding == 4 else { throw Malformed() }
    switch digits {
    case 0: return []
    case 2: return [UInt8(truncatingIfNeeded: bits >> 4)]
    case 3: return [UInt8(truncatingIfNeeded: bits >> 10), UInt8(truncatingIfNeeded: bits >> 2)]
    default: throw Malformed()
    }
  }

  private static func value(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): byte - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0") + 52
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
