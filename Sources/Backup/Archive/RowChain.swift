import Crypto
import PoseCore

/// One digest over all rows in the order of their ids.
///
/// It starts as 32 zero bytes; for each row it becomes the SHA-256 of its previous value and the row's own digest.
struct RowChain {
  private(set) var bytes = [UInt8](repeating: 0, count: 32)

  mutating func add(_ digest: [UInt8]) {
    bytes = Array(SHA256.hash(data: bytes + digest))
  }

  /// An invalid digest yields a chain that no other equals.
  mutating func add(hexadecimal digest: String) {
    add(Hexadecimal.bytes(digest) ?? [])
  }

  /// The SHA-256 of the row's values in the dump's order, each followed by a comma: `-` for NULL, `LENGTH:text` with
  /// the length in bytes, times in seconds since 1970, other numbers as in the dump.
  static func digest(_ pose: PoseRecord) -> [UInt8] {
    var sha256 = SHA256()
    for value in pose.values {
      switch value {
      case .null: sha256.update(data: Array("-,".utf8))
      case .integer(let number): sha256.update(data: Array("\(number),".utf8))
      case .single(let number): sha256.update(data: Array("\(number),".utf8))
      case .time(let seconds): sha256.update(data: Array("\(seconds),".utf8))
      case .text(let bytes):
        sha256.update(data: Array("\(bytes.count):".utf8))
        sha256.update(data: bytes)
        sha256.update(data: Array(",".utf8))
      }
    }
    return Array(sha256.finalize())
  }
}
