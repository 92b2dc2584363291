/// Memory for the pixels of one picture at a time, kept between pictures so that large ones don't pay for fresh pages.
///
/// One is owned by each worker and never shared.
public final class PixelBuffer {
  /// Resampling reads pixels as words, which reach over the last one.
  private static let margin = 8

  private var memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  public init() {}

  deinit {
    memory.deallocate()
  }

  /// `count` bytes of any content, and readable ones behind them; what was there before is gone.
  func reserve(_ count: Int) -> UnsafeMutableBufferPointer<UInt8> {
    if memory.count < count + Self.margin {
      memory.deallocate()
      memory = .allocate(capacity: count + Self.margin)
    }
    return UnsafeMutableBufferPointer(rebasing: memory[..<count])
  }

  /// Gives the memory back if it is more than `limit` bytes.
  public func trim(to limit: Int) {
    guard memory.count > limit else { return }
    memory.deallocate()
    memory = UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)
  }
}
