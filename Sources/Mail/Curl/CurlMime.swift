import CCurl
import PoseCore

/// A message of several parts, as libcurl puts it together while it sends it: files are read piece by piece.
///
/// A value without a life of its own: the pointer belongs to the ``CurlTransfer`` that made it, or to the part that it
/// is in, and is not kept.
struct CurlMime {
  private let pointer: OpaquePointer
  private let handle: UnsafeMutableRawPointer

  /// Makes a message, fills it, and gives it away; the caller frees it with ``free(_:)``.
  static func make(
    for handle: UnsafeMutableRawPointer, _ build: (CurlMime) throws -> Void
  ) throws -> OpaquePointer {
    guard let pointer = curl_mime_init(handle) else { throw CurlTransfer.outOfMemory }
    do {
      try build(CurlMime(pointer: pointer, handle: handle))
    } catch {
      free(pointer)
      throw error
    }
    return pointer
  }

  static func free(_ pointer: OpaquePointer) {
    curl_mime_free(pointer)
  }

  /// Text in UTF-8; its lines end as MIME's do.
  func add(text: String, type: String) throws {
    let part = try addPart()
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    try check(curl_mime_data(part, lines, lines.utf8.count))
    try check(curl_mime_type(part, type + "; charset=utf-8"))
    try check(curl_mime_encoder(part, "quoted-printable"))
  }

  /// A file as an attachment, read while it is sent. `name` must need no quoting.
  func add(file: String, name: String, type: String) throws {
    let part = try addPart()
    try check(curl_mime_filedata(part, file))
    try check(curl_mime_filename(part, name))
    try check(curl_mime_type(part, type))
    try check(curl_mime_encoder(part, "base64"))
  }

  /// The same content in several forms, the best one last.
  func addAlternatives(_ build: (CurlMime) throws -> Void) throws {
    let part = try addPart()
    try check(curl_mime_type(part, "multipart/alternative"))
    let alternatives = try Self.make(for: handle, build)
    let result = curl_mime_subparts(part, alternatives)
    // the part owns them only if it took them
    if result != CURLE_OK { Self.free(alternatives) }
    try check(result)
  }

  private func addPart() throws -> OpaquePointer {
    guard let part = curl_mime_addpart(pointer) else { throw CurlTransfer.outOfMemory }
    return part
  }

  private func check(_ result: CURLcode) throws {
    switch result {
    case CURLE_OK: return
    case CURLE_READ_ERROR: throw PoseVaultError(.fileSystem, "The attachment can't be read.")
    default: throw PoseVaultError(.internal, "libcurl refused a part: \(CurlTransfer.describe(result)).")
    }
  }
}
