import PoseCore

/// A SHA-256 in 32 bytes: as text it takes four times as much, and an archive lists one for each picture.
struct ContentDigest: Hashable, Sendable {
  private let a, b, c, d: UInt64

  /// nil for anything but 64 hexadecimal digits in lower case.
  init?(_ text: String) {
    guard text.utf8.count == 64, let bytes = Hexadecimal.bytes(text) else { return nil }
    self.init(bytes: bytes)
    guard self.text == text else { return nil }
  }

  /// - Parameter bytes: the digest's 32.
  init(bytes: some Sequence<UInt8>) {
    var words: [UInt64] = [0, 0, 0, 0]
    for (index, byte) in bytes.enumerated() { words[index / 8] = words[index / 8] << 8 | UInt64(byte) }
    a = words[0]
    b = words[1]
    c = words[2]
    d = words[3]
  }

  var text: String { Hexadecimal.text(bytes) }

  /// Its 32.
  var bytes: [UInt8] {
    [a, b, c, d].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
  }
}
