import Imaging
import NIOCore
import PoseCore

extension ImageHeader {
  /// Reads the header of `picture` at once if a few of its bytes are enough, otherwise, for a format that `decoder`
  /// decodes in a process, on `threads`.
  static func of(
    _ picture: ByteBuffer, limits: ImageLimits, decoder: (any PictureDecoder)?, on threads: BlockingPool
  ) async throws -> ImageHeader {
    guard ImageFormat(startingWith: picture.readableBytesView)?.isBuiltIn == false else {
      return try picture.withUnsafeReadableBytes { try ImageHeader(of: $0, limits: limits) }
    }
    return try await threads.run { stop in
      try picture.withUnsafeReadableBytes { try ImageHeader(of: $0, limits: limits, decoder: decoder, stop: stop) }
    }
  }
}
