import Foundation
import PoseCore

/// What the queue stores of a letter: the notice and, once a server has accepted it for some recipients, who has yet to
/// receive it.
struct PendingLetter: Codable, Sendable {
  var notice: BackupNotice
  /// Recipients for whom a server may accept it later; nil before it was accepted for anybody.
  var missing: [String]?
  /// The replies about recipients for whom it will never be accepted, by address.
  var refused: [String: String] = [:]
  /// The latest replies about those who have yet to receive it.
  private var delayed: [String] = []

  init(_ mail: NewMail) throws {
    if let pending = try? JSONDecoder().decode(PendingLetter.self, from: Data(mail.content.utf8)) {
      self = pending
    } else {
      notice = try BackupNotice(mail)
    }
  }

  func content() throws -> String {
    String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
  }

  /// Those of `configured` who have yet to receive it.
  func recipients(of configured: [MailAddress]) -> [MailAddress] {
    guard let missing else { return configured }
    return configured.filter { missing.contains($0.description) }
  }

  /// The same after a server accepted it for all its recipients except `refusals`.
  func taken(_ refusals: [Refusal]) -> PendingLetter {
    var rest = self
    let later = refusals.filter(\.isTemporary)
    rest.missing = later.map(\.recipient.description)
    rest.delayed = later.map(\.description)
    for refusal in refusals where !refusal.isTemporary {
      rest.refused[refusal.recipient.description] = refusal.description
    }
    return rest
  }

  var isDone: Bool { missing?.isEmpty == true && refused.isEmpty }

  /// Who has yet to receive it and why, for a person.
  var failure: String {
    "Accepted for the other recipients, but not for \((refused.values.sorted() + delayed).joined(separator: "; "))."
  }
}
