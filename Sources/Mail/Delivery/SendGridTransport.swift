public import Curl
import Foundation
import PoseCore

/// Sends mail through SendGrid's v3 API. Source: SendGrid's reference of POST /v3/mail/send.
public struct SendGridTransport: MailTransport {
  private let url: String
  private let key: String
  private let certificates: String?
  private let limits: TransferLimits
  private let client = CurlClient.forMail()

  /// - Parameters:
  ///   - base: such as `https://api.sendgrid.com`; the key is only sent over `http:` to this machine.
  ///   - certificates: a PEM file with the authorities to trust instead of the system's.
  ///
  /// Throws `configuration` if the base is not such an address, or the key is invalid.
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

  /// SendGrid accepts a mail for all recipients or for none. If it names those whose address it can't use, the mail is
  /// sent to the others.
  public func send(_ letter: Letter) async throws -> Delivery {
    let answer = try await post(letter)
    guard !answer.refused.isEmpty, answer.refused.count < letter.to.count else { return answer.delivery }
    var rest = letter
    rest.to.removeAll { recipient in answer.refused.contains { $0.recipient == recipient } }
    switch try await post(rest).delivery {
    case .sent(let others): return .sent(refused: answer.refused + others)
    case .failed(let failure): return .failed(failure)
    }
  }

  private struct Answer {
    var delivery: Delivery
    /// The recipients because of whom the others got no mail.
    var refused: [Refusal] = []
  }

  private func post(_ letter: Letter) async throws -> Answer {
    var request = HTTPRequest(
      .post, url,
      headers: [
        HTTPField("Authorization", "Bearer \(key)"), HTTPField("Content-Type", "application/json"),
      ],
      body: .source { try SendGridBody(letter) }, limits: limits)
    request.expectsContinue = false
    request.certificates = certificates
    do {
      let response = try await client.send(request)
      return Answer(
        delivery: Self.delivery(response),
        refused: response.status == 400 ? Self.refusals(of: letter.to, in: response.body) : [])
    } catch let failure as CurlFailure {
      return Answer(
        delivery: .failed(
          DeliveryFailure(failure, server: "SendGrid")
            ?? DeliveryFailure(.temporary, "SendGrid: \(failure.message).")))
    }
  }

  private static func delivery(_ response: HTTPResponse) -> Delivery {
    let said = reason(in: response.body).map { ": '\($0)'" } ?? ""
    let status = response.status
    switch status {
    case 200..<300: return .sent(refused: [])
    case 413: return .failed(DeliveryFailure(.tooLarge, "SendGrid rejects the mail as too large (413)."))
    case 401, 403: return .failed(DeliveryFailure(.authentication, "SendGrid refuses the key (\(status))\(said)."))
    case 408, 429, 500...: return .failed(DeliveryFailure(.temporary, "SendGrid has a problem (\(status))\(said)."))
    default: return .failed(DeliveryFailure(.permanent, "SendGrid refuses the mail (\(status))\(said)."))
    }
  }

  private struct Faults: Decodable {
    struct Fault: Decodable {
      var message: String
      /// Such as `personalizations.0.to.1.email`.
      var field: String?

      var words: String { String(EscapedText.line(message).prefix(200)) }
    }
    var errors: [Fault]
  }

  private static func faults(in answer: [UInt8]) -> [Faults.Fault] {
    (try? JSONDecoder().decode(Faults.self, from: Data(answer)).errors) ?? []
  }

  private static func reason(in answer: [UInt8]) -> String? {
    faults(in: answer).first?.words
  }

  /// Empty if something else is wrong, too.
  private static func refusals(of recipients: [MailAddress], in answer: [UInt8]) -> [Refusal] {
    let faults = faults(in: answer)
    let refusals = faults.compactMap { fault -> Refusal? in
      guard let match = fault.field?.wholeMatch(of: /personalizations\.0\.to\.([0-9]{1,4})(\.email)?/),
        let number = Int(match.1), recipients.indices.contains(number)
      else { return nil }
      return Refusal(recipient: recipients[number], reply: fault.words, isTemporary: false)
    }
    return refusals.count == faults.count ? refusals : []
  }
}
