import Crypto
import Foundation
import Imaging
import PoseCore
import Testing

/// Pictures of every kind against pixels that other decoders made of them; see Tests/Fixtures/README.md.
struct DecoderTests {
  struct Case: Decodable, CustomTestStringConvertible {
    var file: String
    var about: String
    var width: Int?
    var height: Int?
    /// SHA-256 of the pixels.
    var rgb: String?
    var pixels: Data?
    var tolerance: Int?
    var error: String?

    var testDescription: String { "\(file): \(about)" }
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

  static let cases: [Case] = {
    struct Fixture: Decodable { var cases: [Case] }
    let file = root.appending(path: "Tests/Fixtures/decoder.json")
    return (try? JSONDecoder().decode(Fixture.self, from: Data(contentsOf: file)).cases) ?? []
  }()

  @Test("the table of pictures is there")
  func tableIsThere() {
    #expect(Self.cases.count > 60)
  }

  @Test("a picture gives the pixels that another decoder gives, or the documented error", arguments: cases)
  func decodes(_ example: Case) throws {
    let file = try Data(contentsOf: Self.root.appending(path: ".runtime/test-pictures/decoder/\(example.file)"))
    do {
      let (width, height, pixels) = try file.withUnsafeBytes { file in
        let header = try ImageHeader(of: file, limits: ImageLimits())
        return try DecodedImage.withDecoded(file, header: header, into: PixelBuffer()) {
          ($0.width, $0.height, $0.uprightPixels())
        }
      }
      #expect(example.error == nil)
      #expect(width == example.width && height == example.height)
      if let hash = example.rgb {
        #expect(SHA256.hash(data: pixels).map { String(format: "%02x", $0) }.joined() == hash)
      } else if let expected = example.pixels {
        #expect(pixels.count == expected.count)
        let worst = zip(pixels, expected).map { abs(Int($0) - Int($1)) }.max() ?? 0
        #expect(worst <= example.tolerance ?? 0)
      }
    } catch let error as PoseVaultError {
      let allowed = (example.error ?? "none").split(separator: "|").map(String.init)
      #expect(allowed.contains("\(error.code)"), "\(error)")
    }
  }

  /// Small mistakes that programs make in JPEG files and that OpenCV reads past.
  static let mistakes: [(name: String, make: @Sendable (inout Data) -> Void)] = [
    ("stray bytes between segments", { $0.insert(contentsOf: [0x12, 0x34, 0x56], at: endOfFirstSegment($0)) }),
    ("an unknown JFIF version", { $0[11] = 2 }),
    (
      "wrong spectral selection in the scan's header",
      { file in
        guard let scan = file.firstRange(of: Data([0xFF, 0xDA]))?.lowerBound else { return }
        file[scan + 2 + Int(file[scan + 3]) - 2] = 62
      }
    ),
  ]

  @Sendable private static func endOfFirstSegment(_ file: Data) -> Int { 4 + (Int(file[4]) << 8 + Int(file[5])) }

  @Test("a JPEG with a small mistake gives the same pixels", arguments: mistakes.indices)
  func readsPastMistakes(_ index: Int) throws {
    func pixels(_ file: Data) throws -> [UInt8] {
      try file.withUnsafeBytes { file in
        let header = try ImageHeader(of: file, limits: ImageLimits())
        return try DecodedImage.withDecoded(file, header: header, into: PixelBuffer()) { $0.uprightPixels() }
      }
    }
    let file = try Data(contentsOf: Self.root.appending(path: ".runtime/test-pictures/bus.jpg"))
    var changed = file
    Self.mistakes[index].make(&changed)
    #expect(changed != file, "\(Self.mistakes[index].name)")
    #expect(try pixels(changed) == pixels(file), "\(Self.mistakes[index].name)")

    // the same mistake does not excuse a file that is cut short
    #expect(throws: PoseVaultError.self) { try pixels(changed.prefix(changed.count / 2)) }
  }

  @Test("a file over the limit of bytes or pixels is refused on its header")
  func limits() throws {
    let file = try Data(contentsOf: Self.root.appending(path: ".runtime/test-pictures/bus.jpg"))
    for limits in [ImageLimits(maxBytes: file.count - 1), ImageLimits(maxPixels: 810 * 1080 - 1)] {
      let error = #expect(throws: PoseVaultError.self) {
        try file.withUnsafeBytes { _ = try ImageHeader(of: $0, limits: limits) }
      }
      #expect(error?.code == .imageTooLarge)
    }
    let exact = ImageLimits(maxBytes: file.count, maxPixels: 810 * 1080)
    #expect(try file.withUnsafeBytes { try ImageHeader(of: $0, limits: exact).width } == 810)
  }
}
