import Crypto
import Curl
import Foundation
import PoseCore

/// Signature Version 4, in a request's header. Source: AWS's "Create a signed AWS API request".
///
/// Paths are used as they are, since S3's keys may contain what looks like relative steps.
struct SignatureV4 {
  let credentials: S3Credentials
  let region: String
  var service = "s3"
  /// In seconds since 1970.
  let time: Int64

  struct Request {
    var method: String
    /// Percent-encoded.
    var path: String
    /// Not encoded.
    var query: [(String, String)]
    /// All signed fields, including `Host` and `X-Amz-Date`.
    var headers: [HTTPField]
    /// SHA-256 of the body, in hexadecimal digits.
    var payload: String
  }

  /// The field `Authorization`.
  func authorization(_ request: Request) -> String {
    let names = Self.canonical(request.headers).map(\.name).joined(separator: ";")
    let signature = Hexadecimal.text(mac(key(), stringToSign(Self.canonicalRequest(request))))
    return "AWS4-HMAC-SHA256 Credential=\(credentials.accessKeyID)/\(scope), SignedHeaders=\(names), "
      + "Signature=\(signature)"
  }

  func stringToSign(_ canonicalRequest: String) -> String {
    let digest = Hexadecimal.text(SHA256.hash(data: Data(canonicalRequest.utf8)))
    return ["AWS4-HMAC-SHA256", timestamp, scope, digest].joined(separator: "\n")
  }

  static func canonicalRequest(_ request: Request) -> String {
    let headers = canonical(request.headers)
    return
      ([request.method, request.path, query(request.query)] + headers.map { "\($0.name):\($0.value)" }
      + ["", headers.map(\.name).joined(separator: ";"), request.payload])
      .joined(separator: "\n")
  }

  /// A query as it is signed, and as it must be sent.
  static func query(_ query: [(String, String)]) -> String {
    let pairs = query.map { (encoded($0.0), encoded($0.1)) }
    return pairs.sorted { a, b in a.0 == b.0 ? precedes(a.1, b.1) : precedes(a.0, b.0) }
      .map { "\($0)=\($1)" }.joined(separator: "&")
  }

  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  /// By name; values of one name are joined, spaces at the ends removed and others collapsed.
  private static func canonical(_ headers: [HTTPField]) -> [(name: String, value: String)] {
    var values: [String: [String]] = [:]
    for field in headers {
      let words = field.value.split { $0 == " " || $0.isNewline }
      values[field.name.lowercased(), default: []].append(words.joined(separator: " "))
    }
    return values.map { (name: $0.key, value: $0.value.joined(separator: ",")) }.sorted { precedes($0.name, $1.name) }
  }

  /// Every byte of UTF-8 except letters, digits and `-._~` as `%` with two digits.
  static func encoded(_ text: String, keepsSlashes: Bool = false) -> String {
    var encoded: [UInt8] = []
    encoded.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        encoded.append(byte)
      case UInt8(ascii: "/") where keepsSlashes: encoded.append(byte)
      default:
        encoded.append(UInt8(ascii: "%"))
        encoded += Hexadecimal.text([byte]).uppercased().utf8
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// Such as `20150830T123600Z`.
  var timestamp: String {
    let date = CivilDate(time)
    let second = Self.digits(date.second / 3600, date.second / 60 % 60, date.second % 60)
    return "\(day)T\(second)Z"
  }

  private var day: String {
    let date = CivilDate(time)
    return Self.digits(date.year / 100, date.year % 100, date.month, date.day)
  }

  private static func digits(_ numbers: Int...) -> String {
    numbers.map { $0 < 10 ? "0\($0)" : "\($0)" }.joined()
  }

  private var scope: String { [day, region, service, "aws4_request"].joined(separator: "/") }

  private func key() -> [UInt8] {
    [day, region, service, "aws4_request"].reduce(Array(("AWS4" + credentials.secret).utf8)) { mac($0, $1) }
  }

  private func mac(_ key: [UInt8], _ text: String) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: key)))
  }
}
