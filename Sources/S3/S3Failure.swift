import Curl
import PoseCore

/// An S3 response that is not the expected one. It is the cause of a ``PoseVaultError``.
public struct S3Failure: Error, Sendable, CustomStringConvertible {
  public var status: Int
  /// S3's own, such as `NoSuchBucket`; nil if the response has none.
  public var code: String?
  /// S3's own message, on one line, without keys.
  public var message: String?
  /// Identifies the request for the server's operator.
  public var requestID: String?
  /// The region that the server names, if the bucket is elsewhere.
  public var region: String?
  /// How long the server asks to wait, in seconds.
  var retryAfter: Int?
  /// The server's time, in seconds since 1970.
  var serverTime: Int64?

  init(_ response: HTTPResponse, _ credentials: S3Credentials) {
    status = response.status
    retryAfter = response.header("Retry-After").flatMap { Int($0) }
    serverTime = response.header("Date").flatMap { HTTPDate.seconds($0) }
    region = response.header("x-amz-bucket-region").map { Self.line($0, credentials) }
    requestID = response.header("x-amz-request-id").map { Self.line($0, credentials) }
    guard let xml = try? S3XML(response.body), xml.name == "Error" else { return }
    code = xml["Code"].map { Self.line($0, credentials) }
    message = xml["Message"].map { Self.line($0, credentials) }
    region = region ?? xml["Region"].map { Self.line($0, credentials) }
  }

  private static func line(_ text: String, _ credentials: S3Credentials) -> String {
    let shown = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
    return String(credentials.censored(String(String.UnicodeScalarView(shown))).prefix(200))
  }

  /// For the log.
  public var description: String {
    let said = message.map { ": \($0)" } ?? ""
    return "S3 answered \(status) \(code ?? "")\(said)" + (requestID.map { " (request \($0))" } ?? "")
  }

  /// Whether it may be temporary.
  var mayPass: Bool {
    switch (status, code) {
    case (_, "SlowDown"), (_, "RequestTimeout"), (_, "OperationAborted"): true
    case (429, _), (500, _), (502, _), (503, _), (504, _): true
    default: false
    }
  }

  /// Whether the server may nevertheless have carried it out. If it says that it was too busy, it has not.
  var mayHaveBeenDone: Bool { [500, 502, 504].contains(status) }

  private var words: String {
    let said = message.map { ": '\($0)'" } ?? ""
    return "\(code ?? "status \(status)")\(said)."
  }

  /// - Parameters:
  ///   - what: what could not be done, such as "read the picture".
  ///   - host: of the server.
  ///   - mayHaveBeenDone: whether this or an earlier attempt may have done it.
  func explained(_ what: String, host: String, mayHaveBeenDone: Bool) -> PoseVaultError {
    let reason: String
    var isLasting = true
    switch (status, code) {
    case (_, "NoSuchBucket"): reason = "\(host) has no such bucket."
    case (301, _), (307, _), (308, _), (_, "AuthorizationHeaderMalformed"):
      reason =
        region.map { "the bucket is in the region \($0), or under another address: \(words)" }
        ?? "the bucket is under another address than \(host): \(words)"
    case (_, "InvalidAccessKeyId"): reason = "\(host) doesn't know the access key ID: \(words)"
    case (_, "SignatureDoesNotMatch"):
      reason = "\(host) does not accept the signature: is the secret access key the right one? \(words)"
    case (_, "RequestTimeTooSkewed"): reason = "the clocks of \(host) and this machine differ too much: \(words)"
    case (401, _), (403, _): reason = "\(host) does not allow it: \(words)"
    default:
      reason = "\(host) answered \(words)"
      isLasting = !mayPass
    }
    let code: PoseVaultError.Code = status == 412 ? .preconditionFailed : .storageUnavailable
    return PoseVaultError(
      code, "Could not \(what): \(reason)", cause: self,
      nothingWasWritten: !mayHaveBeenDone, isLasting: isLasting)
  }
}

extension CurlFailure {
  func explained(_ what: String, host: String, mayHaveBeenDone: Bool) -> PoseVaultError {
    PoseVaultError(
      .storageUnavailable, "Could not \(what): \(host): \(message).", cause: self,
      nothingWasWritten: !mayHaveBeenDone, isLasting: kind == .encryption)
  }
}

/// Dates in HTTP's format.
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// Seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`; nil for any other format.
  static func seconds(_ text: String) -> Int64? {
    guard
      let match = text.wholeMatch(
        of: /[A-Z][a-z]{2}, ([0-9]{2}) ([A-Z][a-z]{2}) ([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) GMT/),
      let month = months.firstIndex(of: String(match.2))
    else { return nil }
    return seconds(year: match.3, month: month + 1, day: match.1, time: (match.4, match.5, match.6))
  }

  /// The same of a date such as `2025-12-10T23:59:00.000Z`.
  static func isoSeconds(_ text: String) -> Int64? {
    guard
      let match = text.wholeMatch(
        of: /([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\.[0-9]{1,9})?Z/),
      let month = Int(match.2)
    else { return nil }
    return seconds(year: match.1, month: month, day: match.3, time: (match.4, match.5, match.6))
  }

  /// Such as `2025-12-10T23:59:00Z`.
  static func iso(_ seconds: Int64) -> String {
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = CivilDate(seconds)
    let year = String(repeating: "0", count: max(4 - "\(date.year)".count, 0)) + "\(date.year)"
    return "\(year)-\(two(date.month))-\(two(date.day))T"
      + "\(two(date.second / 3600)):\(two(date.second / 60 % 60)):\(two(date.second % 60))Z"
  }

  private static func seconds(
    year: Substring, month: Int, day: Substring, time: (Substring, Substring, Substring)
  ) -> Int64? {
    guard let year = Int(year), let day = Int(day), let hour = Int(time.0), let minute = Int(time.1),
      let second = Int(time.2), year >= 1, (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    return CivilDate.days(year: year, month: month, day: day) * 86_400
      + Int64(hour * 3600 + minute * 60 + second)
  }
}
