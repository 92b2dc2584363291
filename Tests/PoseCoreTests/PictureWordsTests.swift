import PoseCore
import Testing

@Suite("What people are told of pictures that are refused")
struct PictureWordsTests {
  @Test("a limit is named in the unit that it is set in")
  func limits() {
    let megabyte = 1024 * 1024
    #expect(
      PoseVaultError.pictureTooLarge(maxBytes: 25 * megabyte).message == "The picture is too large; the limit is 25 MB."
    )
    let known = PoseVaultError.pictureTooLarge(25 * megabyte + 1, maxBytes: 25 * megabyte, setting: "MAX_UPLOAD_MB")
    #expect(known.message == "The picture has 25.1 MB; the limit is 25 MB (MAX_UPLOAD_MB).")
    let pixels = PoseVaultError.tooManyPixels(width: 8500, height: 6000, limit: 50_000_000)
    #expect(pixels.message == "The picture has 8500 × 6000 pixels; the limit is 50 megapixels.")
    #expect(pixels.code == .imageTooLarge)
  }

  @Test("a format that isn't read is named where it is known")
  func formats() {
    #expect(PoseVaultError.unreadableFormat("TIFF").message == "TIFF isn't supported. Use JPEG, PNG or WebP.")
    #expect(PoseVaultError.unreadableFormat(nil).message == "This file isn't a picture. Use JPEG, PNG or WebP.")
    let helpless = PoseVaultError.needsDecoder(.heic)
    let way = "`make decode`, or the package posevault-decode, adds it."
    #expect(helpless.message == "HEIC isn't supported here. \(way) Use JPEG, PNG or WebP.")
    #expect(helpless.code == .unsupportedImage)
  }
}
