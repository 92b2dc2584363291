import CCurl
import Foundation
import PoseCore

/// Sends mail through SendGrid's v3 API. Source: SendGrid's reference of POST /v3/mail/send.
public struct SendGridTransport: MailTransport {
  private let url: String
  private let key: String
  private let certificates: String?
  private let limits: TransferLimits
  private let threads = MailThreads()

  /// - Parameters:
  ///   - base: such as `https://api.sendgrid.com`; the key goes over `http:` to this machine only.
  ///   - certificates: a PEM file with the authorities to trust in place of the system's.
  ///
  /// Throws `configuration` when the base is no such address, or the key can't be one.
  public init(
    base: String, key: String, certificates: String? = nil, limits: TransferLimits = TransferLimits()
  ) throws {
    guard let parts = URLComponents(string: base), let host = parts.host, parts.user == nil, parts.query == nil,
      parts.scheme == "https" || parts.scheme == "http" && ["localhost", "127.0.0.1", "[::1]"].contains(host)
    else {
      throw PoseVaultError(.configuration, "SendGrid's address must begin with https:// and name a host.")
    }
    guard !key.isEmpty, key.utf8.allSatisfy({ (0x21..<0x7F).contains($0) }) else {
      throw PoseVaultError(.configuration, "SendGrid's key must be of visible ASCII characters.")
    }
    url = (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/v3/mail/send"
    self.key = key
    self.certificates = certificates
    self.limits = limits
  }

  public func send(_ letter: Letter) async throws -> Delivery {
    try await threads.run { [url, key, certificates, limits] isCancelled in
      let transfer = try CurlTransfer(limits: limits, isCancelled: isCancelled)
      try transfer.set(CURLOPT_URL, url)
      if let certificates { try transfer.set(CURLOPT_CAINFO, certificates) }
      try transfer.set(
        CURLOPT_HTTPHEADER, ["Authorization: Bearer \(key)", "Content-Type: application/json", "Expect:"])
      try transfer.keepReplies(CURLOPT_WRITEFUNCTION, data: CURLOPT_WRITEDATA)
      let body = try SendGridBody(letter)
      try transfer.setBody(length: body.length, body.next)
      let (result, response) = transfer.perform()
      if result == CURLE_ABORTED_BY_CALLBACK, isCancelled() { throw CancellationError() }
      return Self.delivery(result, response, transfer.replies)
    }
  }

  private static func delivery(_ result: CURLcode, _ response: Int, _ answer: [UInt8]) -> Delivery {
    if let failure = DeliveryFailure(result, server: "SendGrid") { return .failed(failure) }
    guard result == CURLE_OK else {
      return .failed(DeliveryFailure(.temporary, "SendGrid: \(CurlTransfer.describe(result))."))
    }
    let said = reason(in: answer).map { ": '\($0)'" } ?? ""
    switch response {
    case 200..<300: return .sent(refused: [])
    case 413: return .failed(DeliveryFailure(.tooLarge, "SendGrid finds the mail too large (413)."))
    case 401, 403: return .failed(DeliveryFailure(.authentication, "SendGrid refuses the key (\(response))\(said)."))
    case 408, 429, 500...: return .failed(DeliveryFailure(.temporary, "SendGrid has a problem (\(response))\(said)."))
    default: return .failed(DeliveryFailure(.permanent, "SendGrid refuses the mail (\(response))\(said)."))
    }
  }

  private struct Answer: Decodable {
    struct Fault: Decodable {
      var message: String
    }
    var errors: [Fault]
  }

  private static func reason(in answer: [UInt8]) -> String? {
    let faults = try? JSONDecoder().decode(Answer.self, from: Data(answer)).errors
    return faults?.first.map { String(LetterHeaders.printable($0.message).prefix(200)) }
  }
}
