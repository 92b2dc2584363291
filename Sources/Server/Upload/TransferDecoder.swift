import PoseCore

/// How a part's content is written (`Content-Transfer-Encoding`, RFC 2045), undone piece by piece.
enum TransferDecoder {
  /// 7bit, 8bit, binary, or nothing said.
  case none
  case base64(Base64Decoder)

  /// Throws ``PoseVaultError`` with `unsupportedEncoding` for one that is not undone.
  init(_ encoding: String?) throws {
    switch encoding?.lowercased() {
    case nil, "", "7bit", "8bit", "binary": self = .none
    case "base64": self = .base64(Base64Decoder())
    case let other?: throw PoseVaultError.unsupportedEncoding("The part's Content-Transfer-Encoding", other)
    }
  }
}

/// Base64 in pieces with borders anywhere; line breaks and white space don't count.
struct Base64Decoder {
  private var bits: UInt32 = 0
  private var digits = 0
  private var padding = 0

  /// Throws ``PoseVaultError`` with `badRequest` for what is no base64.
  mutating func decode(_ bytes: UnsafeRawBufferPointer) throws -> [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(bytes.count / 4 * 3 + 3)
    for byte in bytes {
      switch byte {
      case 0x20, 0x09, 0x0D, 0x0A: continue
      case UInt8(ascii: "="):
        padding += 1
        guard padding <= 2, digits + padding <= 4, digits >= 2 else { throw Self.malformed }
      default:
        guard padding == 0, let value = Self.value(byte) else { throw Self.malformed }
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

  /// The bytes of a last group that is not full.
  func finish() throws -> [UInt8] {
    guard padding == 0 || digits + padding == 4 else { throw Self.malformed }
    switch digits {
    case 0: return []
    case 2: return [UInt8(truncatingIfNeeded: bits >> 4)]
    case 3: return [UInt8(truncatingIfNeeded: bits >> 10), UInt8(truncatingIfNeeded: bits >> 2)]
    default: throw Self.malformed
    }
  }

  private static let malformed = PoseVaultError(
    .badRequest, "The part's Content-Transfer-Encoding is base64, but its content is not.")

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

extension PoseVaultError {
  /// - Parameter field: that names the encoding, such as "The request's Content-Encoding".
  static func unsupportedEncoding(_ field: String, _ encoding: String) -> PoseVaultError {
    // a client's text, kept to what a header of that name holds
    let name = encoding.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_., ".contains($0)) }.prefix(40)
    return PoseVaultError(
      .unsupportedEncoding, "\(field) is \(name), which is not undone here. Send the bytes as they are.")
  }

  /// Throws unless `encodings`, the values of `Content-Encoding` fields, leave a body as it is.
  static func requireIdentity(_ encodings: [String], _ field: String) throws {
    for list in encodings {
      for item in list.split(separator: ",") {
        let encoding = String(item).filter { $0 != " " && $0 != "\t" }
        if !encoding.isEmpty, encoding.lowercased() != "identity" { throw unsupportedEncoding(field, encoding) }
      }
    }
  }
}
