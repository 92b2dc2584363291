import NIOCore
import PoseCore

/// Writes what it was asked for instead of drawing it; anything that holds an `X` is no picture.
struct FakeRenderer: PictureRenderer {
  func size(of image: ByteBuffer) async throws -> (width: Int, height: Int) {
    try check(image)
    return (image.readableBytes, 1)
  }

  /// `T` is turned.
  func plainFormat(of image: ByteBuffer) async throws -> ImageFormat? {
    try check(image)
    return image.readableBytesView.contains(UInt8(ascii: "T")) ? nil : .png
  }

  func thumbnail(of image: ByteBuffer, side: Int) async throws -> ByteBuffer {
    try check(image)
    return ByteBuffer(string: "thumbnail \(String(buffer: image)) \(side)")
  }

  func overlay(on image: ByteBuffer, _ people: [[Keypoint]], side: Int) async throws -> ByteBuffer {
    try check(image)
    return ByteBuffer(string: "overlay \(String(buffer: image)) \(Self.words(people)) \(side)")
  }

  func skeletons(_ people: [[Keypoint]], width: Int, height: Int) -> ByteBuffer {
    ByteBuffer(string: "skeleton \(Self.words(people)) \(width)x\(height)")
  }

  /// Where the second joint lies, and of several people the y of each.
  private static func words(_ people: [[Keypoint]]) -> String {
    let places = people.count > 1 ? people.map { "\($0[1].y)" } : people.map { "\($0[1].x)" }
    return places.joined(separator: "+")
  }

  private func check(_ image: ByteBuffer) throws {
    if image.readableBytesView.contains(UInt8(ascii: "X")) { throw PoseVaultError(.unsupportedImage, "no picture") }
  }
}
