import Curl
import Foundation
import PoseCore

/// What is known about an object.
public struct S3Object: Sendable, Hashable {
  /// Of the whole object, in bytes.
  public var length: Int
  /// With its quotes; different for different content.
  public var etag: String
  /// In seconds since 1970; nil if the server doesn't say.
  public var modifiedAt: Int64?
  public var contentType: String?
  /// As stored, such as `gzip`; the bytes are those of the encoded content.
  public var contentEncoding: String?
  /// Its metadata, names in lower case, without `x-amz-meta-`.
  public var metadata: [String: String]
  /// Of the whole object as the server has it, 64 hexadecimal digits; nil if the server doesn't say, or the object was
  /// sent in parts.
  public var sha256: String?
  /// If the bucket keeps versions.
  public var versionID: String?
  public var lock: S3Lock?
  public var hasLegalHold: Bool

  /// nil if the response has no length.
  init?(_ response: HTTPResponse) {
    // of a part of it, the whole stands behind the slash
    let whole = response.header("Content-Range").map { $0.split(separator: "/").last.flatMap { Int($0) } }
    guard let length = whole ?? response.header("Content-Length").flatMap({ Int($0) }), length >= 0 else { return nil }
    self.length = length
    etag = response.header("ETag") ?? ""
    modifiedAt = response.header("Last-Modified").flatMap { HTTPDate.seconds($0) }
    contentType = response.header("Content-Type")
    contentEncoding = response.header("Content-Encoding")
    let prefix = "x-amz-meta-"
    metadata = [:]
    for field in response.headers where field.name.lowercased().hasPrefix(prefix) {
      metadata[String(field.name.lowercased().dropFirst(prefix.count))] = field.value
    }
    sha256 = response.header("x-amz-checksum-sha256").flatMap { Data(base64Encoded: $0) }
      .flatMap { $0.count == 32 ? Hexadecimal.text($0) : nil }
    if response.header("x-amz-checksum-type")?.uppercased() == "COMPOSITE" { sha256 = nil }
    versionID = response.header("x-amz-version-id")
    lock = S3Lock(response)
    hasLegalHold = response.header("x-amz-object-lock-legal-hold")?.uppercased() == "ON"
  }
}

/// Until when an object can't be removed or replaced.
public struct S3Lock: Sendable, Hashable {
  public enum Mode: String, Sendable, Hashable {
    /// Those with a special right may shorten it.
    case governance = "GOVERNANCE"
    /// Nobody may shorten it.
    case compliance = "COMPLIANCE"
  }

  public var mode: Mode
  /// In seconds since 1970.
  public var until: Int64

  public init(_ mode: Mode, until: Int64) {
    self.mode = mode
    self.until = until
  }

  init?(_ response: HTTPResponse) {
    guard let mode = response.header("x-amz-object-lock-mode").flatMap({ Mode(rawValue: $0.uppercased()) }),
      let until = response.header("x-amz-object-lock-retain-until-date").flatMap({ HTTPDate.isoSeconds($0) })
    else { return nil }
    self.init(mode, until: until)
  }

  var headers: [HTTPField] {
    [
      HTTPField("x-amz-object-lock-mode", mode.rawValue),
      HTTPField("x-amz-object-lock-retain-until-date", HTTPDate.iso(until)),
    ]
  }
}

/// An object in a list.
public struct S3Entry: Sendable, Hashable {
  public var key: String
  /// In bytes.
  public var length: Int
  /// In seconds since 1970; nil if the server doesn't say.
  public var modifiedAt: Int64?
  public var etag: String?
}
