public import Curl
import PoseCore

/// Calls an address where a service expects the call, and notices if it does not come.
public struct PingCall: Sendable {
  private let url: String
  private let limits: TransferLimits
  private let pause: Duration
  private let client = CurlClient.forMail()

  /// - Parameters:
  ///   - url: with http or https. It may contain a token, so no error shows it.
  ///   - limits: of one attempt.
  ///   - pause: before it is retried.
  public init(
    _ url: String, limits: TransferLimits = TransferLimits(connect: 15, reply: 15, total: 30),
    pause: Duration = .seconds(5)
  ) {
    self.url = url
    self.limits = limits
    self.pause = pause
  }

  /// Requests it with GET, and again if there is no response or a failure: a brief disturbance must not raise an alarm.
  ///
  /// Throws ``PoseVaultError`` with `internal` if the response is not 2xx, and `CancellationError`.
  public func call() async throws {
    try await call(url)
  }

  /// Tells the service that something is wrong, if it has an address for that; one that has none gets no call, which it
  /// notices in due time.
  public func callFailure() async throws {
    try await call(Self.failureAddress(of: url), mayBeUnknown: true)
  }

  /// As Uptime Kuma and Cronitor expect it if the address has their parameter, otherwise as Healthchecks does.
  static func failureAddress(of url: String) -> String {
    for (well, failed) in [("status=up", "status=down"), ("state=complete", "state=fail"), ("state=run", "state=fail")]
    where url.contains(well) {
      return url.replacing(well, with: failed)
    }
    let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0].hasSuffix("/") ? parts[0].dropLast() : parts[0]
    return path + "/fail" + (parts.count > 1 ? "?" + parts[1] : "")
  }

  private func call(_ url: String, mayBeUnknown: Bool = false) async throws {
    var attempt = 1
    while let failure = try await request(url) {
      if mayBeUnknown, (400..<500).contains(failure.status) { return }
      guard failure.mayPass, attempt < Self.maxAttempts else { throw PoseVaultError(.internal, failure.message) }
      try await Task.sleep(for: pause)
      attempt += 1
    }
  }

  private struct Failure: Sendable {
    let message: String
    /// Whether it may be temporary.
    let mayPass: Bool
    /// 0 if there was no response.
    var status = 0
  }

  /// nil if the response was as expected.
  private func request(_ url: String) async throws -> Failure? {
    var request = HTTPRequest(.get, url, headers: [HTTPField("User-Agent", "PoseVault")], limits: limits)
    request.maxRedirects = 5
    do {
      let status = try await client.send(request).status
      guard !(200..<300).contains(status) else { return nil }
      return Failure(
        message: "The answer was \(status).", mayPass: status >= 500 || status == 429, status: status)
    } catch let failure as CurlFailure {
      return Failure(message: "\(failure.message).", mayPass: true)
    }
  }

  private static let maxAttempts = 3
}
