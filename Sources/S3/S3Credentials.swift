import Foundation
import Glibc
import PoseCore

/// What requests are signed with. Printing it never shows either part.
public struct S3Credentials: Sendable, CustomStringConvertible, CustomReflectable {
  let accessKeyID: String
  let secret: String
  /// For temporary credentials.
  let sessionToken: String?

  /// Throws `configuration` for invalid credentials: they consist of visible ASCII characters.
  public init(accessKeyID: String, secret: String, sessionToken: String? = nil) throws {
    let parts: [(String, String?)] = [
      ("access key ID", accessKeyID), ("secret access key", secret), ("session token", sessionToken),
    ]
    for (what, text) in parts {
      guard let text else { continue }
      guard !text.isEmpty, text.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
        throw PoseVaultError(.configuration, "An S3 \(what) must be of visible ASCII characters.")
      }
    }
    self.accessKeyID = accessKeyID
    self.secret = secret
    self.sessionToken = sessionToken
  }

  /// The content of a file with nothing but one secret, perhaps with a line ending, as container systems provide them.
  ///
  /// Throws `configuration` if it can't be read or has more than 4 KiB. Blocks.
  public static func secret(inFile path: String) throws -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor != -1 else {
      throw PoseVaultError(
        .configuration, "The file with an S3 key can't be read: \(String(cString: strerror(errno))).")
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4097)
    let count = read(descriptor, &bytes, bytes.count)
    guard count >= 0, count <= 4096 else {
      throw PoseVaultError(.configuration, "The file with an S3 key can't be read, or holds more than a key.")
    }
    let text = String(decoding: bytes[..<count], as: UTF8.self)
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  public var description: String { "S3 credentials" }

  public var customMirror: Mirror { Mirror(self, children: [:]) }

  /// `text` without anything that must not be shown.
  func censored(_ text: String) -> String {
    [secret, sessionToken, accessKeyID].compactMap(\.self).reduce(text) { $0.replacing($1, with: "***") }
  }
}
