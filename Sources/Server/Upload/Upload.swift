import NIOCore

/// A picture as a client sent it.
struct Upload {
  var image: ByteBuffer
  /// The last component of the name that the client gave, where it did.
  var fileName: String?
}
