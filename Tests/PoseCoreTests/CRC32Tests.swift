import PoseCore
import Testing

@Suite("The checksum")
struct CRC32Tests {
  // the catalogue's check value, and Python's zlib.crc32
  @Test(
    "is zlib's",
    arguments: [("", 0), ("123456789", 0xCBF4_3926), ("a", 0xE8B7_BE43), ("übung 🧘", 0x3121_5990)])
  func known(text: String, checksum: UInt32) {
    #expect(CRC32.of(text.utf8) == checksum)
  }
}
