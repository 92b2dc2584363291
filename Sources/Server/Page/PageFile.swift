import NIOCore
import WebFiles

/// A file of the web page, which is built into the program.
struct PageFile: Sendable {
  /// Where it is served, such as `/app/main.js`.
  let path: String
  let contentType: String
  let bytes: ByteBuffer
  let tag: EntityTag

  private init(_ file: WebFile) {
    path = String(cString: file.path)
    contentType = String(cString: file.content_type)
    let content = Array(UnsafeBufferPointer(start: file.bytes, count: file.length))
    bytes = ByteBuffer(bytes: content)
    tag = EntityTag(hashOf: content)
  }

  static func all() -> [PageFile] {
    var files: [PageFile] = []
    while let file = web_file(files.count) { files.append(PageFile(file.pointee)) }
    return files
  }
}
