import Decoding
import Foundation
import Imaging
import PoseCore
import Testing

/// By the helper that `make decode` builds, with files and pixels of pillow-heif: Tests/Helper/make_fixtures.py.
@Suite("HEIC, which a program of its own decodes")
struct CodedTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
  private let decoder = HelperPictures(
    DecoderProgram(path: root.appending(path: ".build/decode/posevault-decode").standardizedFileURL.path),
    kinds: [.heic, .avif], seconds: 60)
  private let file: Data

  init() throws {
    file = try Data(contentsOf: Self.root.appending(path: "Tests/Fixtures/decode/turned.heic"))
  }

  private func header(_ limits: ImageLimits = ImageLimits()) throws -> ImageHeader {
    try file.withUnsafeBytes { try ImageHeader(of: $0, limits: limits, decoder: decoder) }
  }

  @Test("is upright, and has the pixels of pillow-heif within one level")
  func pixels() throws {
    let header = try header()
    #expect((header.format, header.width, header.height) == (.heic, 64, 96))
    let expected = try Data(contentsOf: Self.root.appending(path: "Tests/Fixtures/decode/turned.rgb"))
    let pixels = try file.withUnsafeBytes {
      try DecodedImage.withDecoded($0, header: header, into: PixelBuffer(), decoder: decoder) { image in
        #expect((image.width, image.height) == (64, 96))
        return image.uprightPixels()
      }
    }
    #expect(pixels.count == expected.count)
    #expect(zip(pixels, expected).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  @Test("is drawn smaller as other pictures are")
  func smaller() throws {
    let image = try file.withUnsafeBytes {
      try RGBImage(decoding: $0, limits: ImageLimits(), side: 48, decoder: decoder)
    }
    #expect((image.width, image.height) == (32, 48))
  }

  @Test("counts for what the other program may take, too")
  func weight() throws {
    // eight bytes a pixel there, three here, and the file
    #expect(try header().weight == (11 * 64 * 96 + file.count + 2) / 3)
  }

  @Test("is refused on its header where it has too many pixels, before any is decoded")
  func limits() throws {
    let error = #expect(throws: PoseVaultError.self) { try header(ImageLimits(maxPixels: 64 * 96 - 1)) }
    #expect(error?.code == .imageTooLarge)
    #expect(error?.message.hasPrefix("The picture has 96 × 64 pixels") == true)
  }

  @Test("is refused without that program, in words that say where to get it")
  func without() {
    let onlyAVIF = HelperPictures(DecoderProgram(path: "/nowhere"), kinds: [.avif])
    for decoder: (any PictureDecoder)? in [nil, onlyAVIF] {
      let error = #expect(throws: PoseVaultError.self) {
        try file.withUnsafeBytes { _ = try ImageHeader(of: $0, limits: ImageLimits(), decoder: decoder) }
      }
      #expect(error?.code == .unsupportedImage)
      #expect(error?.message.contains("`make decode`") == true)
    }
  }

  @Test("is given up when nobody waits for it any more")
  func stops() throws {
    let stop = StopFlag()
    stop.raise()
    let header = try header()
    #expect(throws: CancellationError.self) {
      try file.withUnsafeBytes {
        try DecodedImage.withDecoded($0, header: header, into: PixelBuffer(), decoder: decoder, stop: stop) { _ in }
      }
    }
  }
}
