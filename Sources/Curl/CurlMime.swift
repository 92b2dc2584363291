import CCurl
import PoseCore

/// A message of several parts, assembled by libcurl while sending; files are read piece by piece.
///
/// A value without a lifetime of its own: the pointer belongs to the ``CurlHandle`` that made it, or to the part that
/// contains it, and is not kept.
struct CurlMime {
  private let pointer: OpaquePointer
  private let handle: UnsafeMutableRawPointer

  /// Makes a message and transfers ownership: the caller frees it with ``free(_:)``.
  static func make(for handle: UnsafeMutableRawPointer, _ parts: [MailPart]) throws -> OpaquePointer {
    guard let pointer = curl_mime_init(handle) else { throw CurlHandle.outOfMemory }
    do {
      let mime = CurlMime(pointer: pointer, handle: handle)
      for part in parts { try mime.add(part) }
    } catch {
      free(pointer)
      throw error
    }
    return pointer
  }

  static func free(_ pointer: OpaquePointer) {
    curl_mime_free(pointer)
  }

  private func add(_ content: MailPart) throws {
    guard let part = curl_mime_addpart(pointer) else { throw CurlHandle.outOfMemory }
    switch content {
    case .text(let text, let type):
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
      try check(curl_mime_data(part, lines, lines.utf8.count))
      try check(curl_mime_type(part, type + "; charset=utf-8"))
      try check(curl_mime_encoder(part, "quoted-printable"))
    case .file(let path, let name, let type):
      try check(curl_mime_filedata(part, path))
      try check(curl_mime_filename(part, name))
      try check(curl_mime_type(part, type))
      try check(curl_mime_encoder(part, "base64"))
    case .alternatives(let parts):
      try check(curl_mime_type(part, "multipart/alternative"))
      let alternatives = try Self.make(for: handle, parts)
      let result = curl_mime_subparts(part, alternatives)
      // the part owns them only if it took them
      if result != CURLE_OK { Self.free(alternatives) }
      try check(result)
    }
  }

  private func check(_ result: CURLcode) throws {
    switch result {
    case CURLE_OK: return
    case CURLE_READ_ERROR: throw PoseVaultError(.fileSystem, "The attachment can't be read.")
    default: throw PoseVaultError(.internal, "libcurl refused a part: \(CurlFailure.describe(result)).")
    }
  }
}
