import CCurl
import PoseCore

/// Calls an address where someone waits for the call, and notices when it does not come.
public struct PingCall: Sendable {
  private let url: String
  private let limits: TransferLimits
  private let pause: Duration
  private let threads = MailThreads()

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
    var attempt = 1
    while let failure = try await request() {
      guard failure.mayPass, attempt < Self.maxAttempts else { throw PoseVaultError(.internal, failure.message) }
      try await Task.sleep(for: pause)
      attempt += 1
    }
  }

  /// nil when the answer was as it should be.
  private func request() async throws -> (message: String, mayPass: Bool)? {
    try await threads.run { [url, limits] isCancelled in
      let transfer = try CurlTransfer(limits: limits, isCancelled: isCancelled)
      try transfer.set(CURLOPT_PROTOCOLS_STR, "http,https")
      // what is secret stays so
      try transfer.set(CURLOPT_REDIR_PROTOCOLS_STR, url.hasPrefix("https:") ? "https" : "http,https")
      try transfer.set(CURLOPT_URL, url)
      try transfer.set(CURLOPT_FOLLOWLOCATION, 1)
      try transfer.set(CURLOPT_MAXREDIRS, 5)
      try transfer.set(CURLOPT_USERAGENT, "PoseVault")
      try transfer.keepReplies(CURLOPT_WRITEFUNCTION, data: CURLOPT_WRITEDATA)
      let (result, response) = transfer.perform()
      if result == CURLE_ABORTED_BY_CALLBACK { throw CancellationError() }
      guard result == CURLE_OK else { return ("\(CurlTransfer.describe(result)).", true) }
      return (200..<300).contains(response) ? nil : ("The answer was \(response).", response >= 500 || response == 429)
    }
  }

  private static let maxAttempts = 3
}
