public import Curl
import PoseCore

/// Calls an address where someone waits for the call, and notices when it does not come.
public struct PingCall: Sendable {
  private let url: String
  private let limits: TransferLimits
  private let pause: Duration
  private let client = CurlClient.forMail()

  /// - Parameters:
  ///   - url: with http or https. It may hold a token, so no error tells it.
  ///   - limits: of one attempt.
  ///   - pause: before it is tried again.
  public init(
    _ url: String, limits: TransferLimits = TransferLimits(connect: 15, reply: 15, total: 30),
    pause: Duration = .seconds(5)
  ) {
    self.url = url
    self.limits = limits
    self.pause = pause
  }

  /// Asks with GET, and again where nobody or a fault answers: a short disturbance must not raise an alarm.
  ///
  /// Throws ``PoseVaultError`` with `internal` where the answer is not 2xx, and `CancellationError`.
  public func call() async throws {
    try await call(url)
  }

  /// Tells the service that something is wrong, where it has an address for that; one that has none hears nothing, which
  /// it notices in its time.
  public func callFailure() async throws {
    try await call(Self.failureAddress(of: url), mayBeUnknown: true)
  }

  /// As Uptime Kuma and Cronitor want it where the address has their parameter, else as Healthchecks does.
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
    /// Whether it may be gone the next time.
    let mayPass: Bool
    /// 0 where nobody answered.
    var status = 0
  }

  /// nil when the answer was as it should be.
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
