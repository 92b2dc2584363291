/// How large a picture may be; checked against its header, before memory is spent on pixels.
public struct ImageLimits: Sendable, Hashable {
  /// Bytes of the file.
  public var maxBytes: Int
  /// Width × height.
  public var maxPixels: Int

  public init(maxBytes: Int = 25_000_000, maxPixels: Int = 50_000_000) {
    self.maxBytes = maxBytes
    self.maxPixels = maxPixels
  }

  /// ``maxPixels`` for display, such as `50` or `0.3`, in millions.
  var megapixels: String {
    maxPixels % 1_000_000 == 0 ? "\(maxPixels / 1_000_000)" : "\(Double(maxPixels) / 1_000_000)"
  }
}
