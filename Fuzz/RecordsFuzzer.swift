#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The input as what a helper has written.
private final class Bytes: ByteSource {
  private var rest: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) {
    rest = bytes
  }

  func fill(_ buffer: UnsafeMutableRawBufferPointer) throws {
    guard buffer.count <= rest.count else { throw RecordsCutOff() }
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<buffer.count]))
    rest = UnsafeRawBufferPointer(rebasing: rest[buffer.count...])
  }
}

private let maxPixels = 4096

private func check(_ pixels: [UInt8], _ width: Int, _ height: Int) {
  if pixels.count != width * height * 3 || width * height > maxPixels { abort() }
}

/// Reads the input as the records of a picture and of a clip. Whatever a helper that was taken over writes, there are as many
/// pixels as the size says, no more than allowed, and no other error than those that are expected.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRecords(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
  let bytes = UnsafeRawBufferPointer(start: start, count: count)
  do {
    var head: PictureHead?
    let pixels = try [UInt8](unsafeUninitializedCapacity: 3 * maxPixels) { buffer, count in
      head = try RecordReader(source: Bytes(bytes), maxPixels: maxPixels).picture { bytes in
        if bytes > buffer.count { abort() }
        count = bytes
        return UnsafeMutableBufferPointer(rebasing: buffer[..<bytes])
      }
    }
    if let head { check(pixels, head.width, head.height) }
  } catch  where error is ProtocolViolation || error is RecordsCutOff || error is ToldFailure {
  } catch { abort() }
  do {
    let head = try RecordReader(source: Bytes(bytes), maxPixels: maxPixels).pictureHead()
    if head.width * head.height > maxPixels { abort() }
  } catch  where error is ProtocolViolation || error is RecordsCutOff || error is ToldFailure {
  } catch { abort() }
  do {
    var head: ClipHead?
    var given = 0
    let ending = try RecordReader(source: Bytes(bytes), maxPixels: maxPixels).clip(
      head: { head = $0 },
      frame: { frame in
        given += 1
        guard let head else { abort() }
        check(frame.pixels, head.width, head.height)
      })
    if ending.given != given { abort() }
  } catch  where error is ProtocolViolation || error is RecordsCutOff || error is ToldFailure {
  } catch { abort() }
  return 0
}
