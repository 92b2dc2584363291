import Foundation
import PoseCore

/// What the queue holds of a letter: the notice and, once a server took it for some of its recipients, who lacks it.
struct PendingLetter: Codable, Sendable {
  var notice: BackupNotice
  /// Recipients that a server may take it for later; nil before it was taken for anybody.
  var missing: [String]?
  /// What was said of recipients that it will never be taken for, by address.
  var refused: [String: String] = [:]
  /// What was said last of those who are missing.
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

  /// Those of `configured` who lack it.
  func recipients(of configured: [MailAddress]) -> [MailAddress] {
    guard let missing else { return configured }
    return configured.filter { missing.contains($0.description) }
  }

  /// The same after a server took it for its recipients but for `refusals`.
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

  /// Who lacks it and why, for a person.
  var failure: String {
    "Accepted for the other recipients, but not for \((refused.values.sorted() + delayed).joined(separator: "; "))."
  }
}
