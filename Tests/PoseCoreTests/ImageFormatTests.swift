import PoseCore
import Testing

@Suite("The format that a file's first bytes tell")
struct ImageFormatTests {
  /// A first box as ISO 14496-12 has it: major brand, version, compatible brands.
  private static func start(_ major: String, _ others: [String], length: Int? = nil) -> [UInt8] {
    let content = Array("ftyp\(major)".utf8) + [0, 0, 0, 0] + others.flatMap { Array($0.utf8) }
    let length = length ?? content.count + 4
    return (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } + content
  }

  @Test(
    "of HEIC and AVIF is in their brands, as programs and cameras write them",
    arguments: [
      // iPhone 12 and 15, Samsung, libheif, Canon's HIF of 10 bits, a burst
      ("heic", ["mif1", "heic"], ImageFormat.heic),
      ("heic", ["mif1", "MiHE", "MiPr", "miaf", "MiHB", "heic", "tmap"], .heic),
      ("mif1", ["mif1", "heic"], .heic), ("heix", ["mif1", "heix", "miaf"], .heic), ("msf1", ["msf1", "hevc"], .heic),
      // libavif, libheif, an animated one, one whose major brand doesn't tell
      ("avif", ["avif", "mif1", "miaf", "MA1B"], .avif), ("avif", ["mif1", "miaf"], .avif),
      ("avis", ["avis", "msf1", "iso8"], .avif), ("mif1", ["miaf", "avif"], .avif),
      // a film, one of QuickTime, a JPEG 2000, nothing at all
      ("isom", ["isom", "iso2", "avc1", "mp41"], nil), ("qt  ", [], nil), ("jp2 ", ["jp2 "], nil), ("", [], nil),
    ])
  func brands(major: String, others: [String], expected: ImageFormat?) {
    #expect(ImageFormat(startingWith: Self.start(major, others)) == expected)
  }

  @Test("counts no brand behind the box's end, and none that is no four letters")
  func box() {
    #expect(ImageFormat(startingWith: Self.start("isom", ["heic"], length: 16)) == nil)
    #expect(ImageFormat(startingWith: Self.start("isom", ["mp41"]) + Array("heic".utf8)) == nil)
    #expect(ImageFormat(startingWith: Self.start("isom", ["x", "heic"])) == nil)
    #expect(ImageFormat(startingWith: Self.start("heic", [], length: 1 << 31)) == .heic)
    // the version is no brand
    #expect(ImageFormat(startingWith: [0, 0, 0, 16] + Array("ftypisomheic".utf8)) == nil)
  }

  @Test("is told by any cut behind the brand that tells it, and never read beyond")
  func cuts() {
    let whole = Self.start("mif1", ["miaf", "avif"])
    for count in 0..<whole.count {
      let format = ImageFormat(startingWith: whole[..<count])
      #expect(format == (count < 12 ? nil : .heic))
    }
    #expect(ImageFormat(startingWith: whole) == .avif)
  }

  @Test("has a name, a type and an ending of its own", arguments: ImageFormat.allCases)
  func names(format: ImageFormat) {
    #expect(ImageFormat.allCases.count { $0.contentType == format.contentType } == 1)
    #expect(ImageFormat.allCases.count { $0.fileExtension == format.fileExtension } == 1)
    #expect(format.name.lowercased() == format.rawValue)
  }
}
