import NIOCore
import PoseCore

/// Writes what it was asked for instead of drawing it; anything that holds an `X` is no picture.
struct FakeRenderer: PictureRenderer {
  func size(of image: ByteBuffer) async throws -> (width: Int, height: Int) {
    try check(image)
    return (image.readableBytes, 1)
  }

  func thumbnail(of image: ByteBuffer, side: Int) async throws -> ByteBuffer {
    try check(image)
    return ByteBuffer(string: "thumbnail \(String(buffer: image)) \(side)")
  }

  func overlay(on image: ByteBuffer, _ keypoints: [Keypoint], side: Int) async throws -> ByteBuffer {
    try check(image)
    return ByteBuffer(string: "overlay \(String(buffer: image)) \(keypoints[1].x) \(side)")
  }

  func skeleton(_ keypoints: [Keypoint], width: Int, height: Int) -> ByteBuffer {
    ByteBuffer(string: "skeleton \(keypoints[1].x) \(width)x\(height)")
  }

  private func check(_ image: ByteBuffer) throws {
    if image.readableBytesView.contains(UInt8(ascii: "X")) { throw PoseVaultError(.unsupportedImage, "no picture") }
  }
}
