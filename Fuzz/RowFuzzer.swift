#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Reads the input as a row's line of a dump. What is taken for a row must be written as the very same line.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRow(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
  guard let start else { return 0 }
  let line = Array(UnsafeRawBufferPointer(start: start, count: count)).filter { $0 != 0x0A }
  var reader = RowReader(text: line[...], .whole(isWide: true))
  guard let pose = reader.row(), let end = reader.end() else { return 0 }
  var (writer, sql) = (DumpWriter(), [UInt8]())
  writer.append(pose, to: &sql)
  let written = sql.dropFirst(DumpGrammar.insert.utf8.count) + (end == .row ? "," : ";").utf8
  if !written.elementsEqual(line) {
    print("read: \(String(decoding: line, as: UTF8.self))\nwritten: \(String(decoding: written, as: UTF8.self))")
    abort()
  }
  return 0
}
