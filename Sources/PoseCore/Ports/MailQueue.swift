/// The mail still to be sent. Errors are those of ``RunStore``.
public protocol MailQueue: Sendable {
  /// Returns the mail's id.
  @discardableResult
  func enqueue(_ mail: NewMail) async throws -> Int

  /// Of the mails that `host` may send at `now`, the one that is due first; nil if there is none.
  ///
  /// No other call gets it before `lease` seconds have passed, after which its sender is considered dead.
  func takeMail(at now: Int64, host: String, lease: Int64) async throws -> QueuedMail?

  /// The mail `id`, whichever host it waits for; nil if it isn't due at `now`, was given up, is gone or is taken.
  func takeMail(_ id: Int, at now: Int64, lease: Int64) async throws -> QueuedMail?

  /// Returns a mail that was taken to the queue, with its current content; false if it is gone or has been taken again.
  @discardableResult
  func putBack(_ mail: QueuedMail, dueAt: Int64, failure: String) async throws -> Bool

  /// Keeps a mail that was taken, with its current content, as one that will not be sent; false if it is gone or has
  /// been taken again.
  @discardableResult
  func giveUp(_ mail: QueuedMail, failure: String, at now: Int64) async throws -> Bool

  /// Removes a mail that was sent, and those queued before it that were given up: mail is working again.
  func removeSent(_ mail: QueuedMail) async throws

  /// At most `limit` unsent mails, including those that were given up, by ascending id.
  func unsentMail(limit: Int) async throws -> [QueuedMail]
}
