/// Memory for the pixels of one picture at a time, kept between pictures so that large ones don't pay for fresh pages.
///
/// Each worker owns one, which is never shared.
public final class PixelBuffer {
  /// Resampling reads pixels as words, which extend beyond the last one.
  private static let margin = 8

  private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  public init() {}

  deinit {
    memory.deallocate()
  }

  /// `count` bytes with undefined content, followed by readable ones; the previous content is gone.
  func reserve(_ count: Int) -> UnsafeMutableBufferPointer<UInt8> {
    if memory.count < count + Self.margin {
      memory.deallocate()
      memory = .allocate(capacity: count + Self.margin)
    }
    return UnsafeMutableBufferPointer(rebasing: memory[..<count])
  }

  /// Releases the memory if it is more than `limit` bytes.
  public func trim(to limit: Int) {
    guard memory.count > limit else { return }
    memory.deallocate()
    memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
  }
}
