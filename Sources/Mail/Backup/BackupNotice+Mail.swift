import Foundation
public import PoseCore

extension BackupNotice {
  /// The mail for the queue, to be sent by the host on which the archive lies. Embedded storage is on one machine, whose
  /// name may change.
  public func mail(dueAt: Int64) throws -> NewMail {
    let content = String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
    if case .proven = outcome, !isForOneServer { return NewMail(host: host, content: content, dueAt: dueAt) }
    return NewMail(host: nil, content: content, dueAt: dueAt)
  }

  init(_ mail: NewMail) throws {
    do {
      self = try JSONDecoder().decode(BackupNotice.self, from: Data(mail.content.utf8))
    } catch {
      throw PoseVaultError(.internal, "A mail in the queue can't be read; another version wrote it.", cause: error)
    }
  }
}
