import Access
import Crypto
import HTTPTypes
import NIOCore
import PoseCore

/// The field `Idempotency-Key`: a client's own name for an upload, which it may then retry.
struct IdempotencyKey: Sendable {
  private let key: String
  /// Who sent it: of two callers with the same key, neither gets the other's response.
  private let owner: String

  static let name = "Idempotency-Key"
  /// In characters.
  static let maxLength = 255

  /// nil if the client sent none. Throws ``PoseVaultError`` with `badRequest` for an invalid key.
  init?(_ headers: HTTPFields, of caller: Caller?) throws {
    let keys = HTTPField.Name(Self.name).map { headers[values: $0] } ?? []
    guard let key = keys.first else { return nil }
    guard keys.count == 1, (1...Self.maxLength).contains(key.utf8.count), key.utf8.allSatisfy({ 0x20...0x7e ~= $0 })
    else {
      throw PoseVaultError(
        .badRequest,
        "\(Self.name) must be given once, with 1 to \(Self.maxLength) printable ASCII characters.",
        details: ["header": Self.name])
    }
    self.key = key
    // no key has a line feed
    owner = if case .key(let id)? = caller?.proof { "\(id)\n" } else { "" }
  }

  /// Digests of the key, and of everything that the outcome of this upload depends on.
  func of(_ upload: Upload, _ form: AnswerForm) async throws -> KeyedUpload {
    var content = SHA256()
    let inclusion = form.inclusion
    // each field ends with a zero, which none of them holds; the picture comes last
    let fields = [
      upload.fileName.map { "named " + $0 } ?? "", form.maxPoses.map { "\($0)" } ?? "",
      "\([inclusion.details, inclusion.world, inclusion.corrected, inclusion.detection])"
        + (form.skipsDuplicates ? " skip" : ""),
    ]
    for field in fields { content.update(data: Array(field.utf8.filter { $0 != 0 }) + [0]) }
    try await content.update(picture: upload.image)
    return KeyedUpload(
      key: Hexadecimal.text(SHA256.hash(data: Array((owner + key).utf8))), content: Hexadecimal.text(content.finalize())
    )
  }
}
