import Foundation
import PoseCore

/// Where a bucket is, and how to access it.
public struct S3Location: Sendable {
  public let bucket: String
  public let region: String
  /// With the scheme, without a path.
  let scheme: String
  /// For the Host field: with the port, unless it is the scheme's default.
  let host: String
  /// The part before a key in a path, such as `/bucket/` or `/`.
  let root: String
  let certificates: String?

  /// - Parameters:
  ///   - endpoint: such as `https://s3.example.org` or `http://127.0.0.1:8333`; nil for Amazon's in that region.
  ///   - isPathStyle: whether the bucket is part of the path, as many servers require, or precedes the host name.
  ///   - certificates: a PEM file with the authorities to trust instead of the system's.
  ///
  /// Throws `configuration` for anything that can't be right.
  public init(
    bucket: String, region: String, endpoint: String? = nil, isPathStyle: Bool = false, certificates: String? = nil
  ) throws {
    guard Self.isBucketName(bucket) else {
      throw PoseVaultError(
        .configuration, "An S3 bucket's name has 3 to 63 lower case letters, digits, dots and hyphens.")
    }
    guard (1...63).contains(region.utf8.count),
      region.utf8.allSatisfy({ Self.isLetterOrDigit($0) || $0 == Self.hyphen })
    else { throw PoseVaultError(.configuration, "An S3 region is a name such as eu-central-1.") }
    let address = endpoint ?? "https://s3.\(region).amazonaws.com"
    guard let parts = URLComponents(string: address), let scheme = parts.scheme?.lowercased(),
      scheme == "https" || scheme == "http", let name = parts.percentEncodedHost?.lowercased(), !name.isEmpty,
      parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil,
      parts.path.isEmpty || parts.path == "/"
    else {
      throw PoseVaultError(
        .configuration, "An S3 endpoint is an address such as https://s3.example.org, without a path and a user.")
    }
    if !isPathStyle {
      guard scheme == "http" || !bucket.contains(".") else {
        throw PoseVaultError(
          .configuration, "A bucket with a dot in its name has no certificate of its own: it needs the path style.")
      }
      guard !name.hasPrefix("["), !name.utf8.allSatisfy({ $0 == Self.dot || (0x30...0x39).contains($0) }) else {
        throw PoseVaultError(.configuration, "An S3 endpoint that is an address, not a name, needs the path style.")
      }
    }
    let usual = scheme == "https" ? 443 : 80
    let port = parts.port.flatMap { $0 == usual ? nil : ":\($0)" } ?? ""
    self.bucket = bucket
    self.region = region
    self.scheme = scheme
    self.certificates = certificates
    host = (isPathStyle ? name : "\(bucket).\(name)") + port
    root = isPathStyle ? "/\(bucket)/" : "/"
  }

  /// The path of the bucket itself, or of a key; percent-encoded, once.
  func path(_ key: String?) -> String {
    guard let key else { return root.count > 1 ? String(root.dropLast()) : root }
    return root + SignatureV4.encoded(key, keepsSlashes: true)
  }

  private static let hyphen = UInt8(ascii: "-")
  private static let dot = UInt8(ascii: ".")

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isBucketName(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    return (3...63).contains(bytes.count) && bytes.allSatisfy { isLetterOrDigit($0) || $0 == hyphen || $0 == dot }
      && [bytes.first, bytes.last].allSatisfy { $0.map(isLetterOrDigit) == true } && !name.contains("..")
  }
}
