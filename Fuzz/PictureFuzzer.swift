import Glibc
import PoseCore

/// Reads the input as a picture: its header, then all its pixels, then a small one as for a thumbnail.
///
/// Whatever it holds, there are as many pixels as the header says, or one of the documented errors. Every
/// sixteenth length of an input raises the flag that gives a decode up, so that this path is tried, too.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPicture(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
  guard let start else { return 0 }
  let file = UnsafeRawBufferPointer(start: start, count: count)
  // few enough for an input to take milliseconds
  let limits = ImageLimits(maxBytes: 1 << 20, maxPixels: 500_000)
  do {
    let header = try ImageHeader(of: file, limits: limits)
    guard header.pixels > 0, header.pixels <= limits.maxPixels, header.weight >= header.pixels else {
      print("a header out of its limits: \(header)")
      abort()
    }
    let stop = StopFlag()
    if count % 16 == 1 { stop.raise() }
    let pixels = try DecodedImage.withDecoded(file, header: header, into: PixelBuffer(), stop: stop) {
      $0.uprightPixels()
    }
    let small = try RGBImage(decoding: file, limits: limits, side: 32)
    guard pixels.count == 3 * header.pixels, max(small.width, small.height) <= 32,
      small.pixels.count == 3 * small.width * small.height
    else {
      print("\(pixels.count) bytes of \(header); \(small.width) × \(small.height) small")
      abort()
    }
  } catch is PoseVaultError {
  } catch is CancellationError {
  } catch {
    print("threw \(error)")
    abort()
  }
  return 0
}
