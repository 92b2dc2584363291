import Crypto
import Glibc
import PoseCore

/// The chunks' own ids for one put: ObjectIds that distinguish our chunks from those of other drivers.
///
/// 12 bytes: seconds since 1970 (big endian), two random bytes, the first three of the SHA-256 of the picture's id and
/// the random bytes, and the chunk's number. So they share a prefix that no other put has, and a driver with random ids
/// hits one once in 2^48.
struct ChunkIDs: Sendable {
  private let beginning: String

  init(of picture: ImageID) {
    let random = Self.hex(Int(UInt16.random(in: 0...UInt16.max)), digits: 4)
    beginning = ImageID.generate(at: Int64(time(nil))).description.prefix(8) + random + Self.mark(picture, random)
  }

  subscript(number: Int) -> String {
    beginning + Self.hex(number, digits: 6)
  }

  /// Whether we gave `id` to chunk `number` of `picture`.
  static func contain(_ id: ImageID, number: Int, of picture: ImageID) -> Bool {
    let rest = id.description.dropFirst(8)
    let random = rest.prefix(4)
    return rest.dropFirst(4) == mark(picture, random) + hex(number, digits: 6)
  }

  private static func mark(_ picture: ImageID, _ random: some StringProtocol) -> String {
    SHA256.hash(data: Array("\(picture)\(random)".utf8)).prefix(3).map { hex(Int($0), digits: 2) }.joined()
  }

  private static func hex(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: max(digits - text.count, 0)) + text
  }
}
