import Glibc
public import PoseCore

/// Sends the queued mails that are due.
public struct BackupMailer: Sendable {
  /// Makes a ZIP with the manifest and dump of the archive at a path; nil if it can't.
  public typealias ExtractMaker = @Sendable (_ archive: String) async -> Extract?

  /// A file that exists for one attempt to send a mail.
  public struct Extract: Sendable {
    let path: String
    let remove: @Sendable () -> Void

    /// - Parameter remove: called once the mail has been sent or has failed; whatever it captures is kept until then.
    public init(path: String, remove: @escaping @Sendable () -> Void) {
      self.path = path
      self.remove = remove
    }
  }

  /// What was done with one mail.
  public enum Report: Sendable, Hashable {
    case sent(id: Int)
    /// Also if others have received it, and it is retried for some of its recipients.
    case putBack(id: Int, dueAt: Int64, failure: String)
    /// Also if others have received it, and it was refused permanently for some of its recipients.
    case givenUp(id: Int, failure: String)
  }

  private let queue: any MailQueue
  private let transport: any MailTransport
  private let sender: Sender
  private let makeExtract: ExtractMaker

  /// Who sends, and to whom.
  public struct Sender: Sendable {
    public var from: MailAddress
    public var to: [MailAddress]
    /// This machine's name, as in the runs.
    public var host: String
    /// The largest attachment in bytes, before encoding.
    public var limit: Int64

    public init(from: MailAddress, to: [MailAddress], host: String, limit: Int64 = 18_000_000) {
      self.from = from
      self.to = to
      self.host = host
      self.limit = limit
    }
  }

  public init(
    queue: any MailQueue, transport: any MailTransport, sender: Sender, makeExtract: @escaping ExtractMaker
  ) {
    self.queue = queue
    self.transport = transport
    self.sender = sender
    self.makeExtract = makeExtract
  }

  /// Sends what is due, and checks again every ten seconds, until the task is cancelled.
  ///
  /// `report` is called for each mail, and once if the queue can't be read.
  public func run(
    now: @escaping @Sendable () -> Int64, report: @escaping @Sendable (Result<Report, any Error>) -> Void
  ) async throws {
    var isFailing = false
    while true {
      do {
        while let done = try await sendNext(at: now()) { report(.success(done)) }
        isFailing = false
      } catch is CancellationError {
        throw CancellationError()
      } catch {
        if !isFailing { report(.failure(error)) }
        isFailing = true
      }
      try await Task.sleep(for: .seconds(10))
    }
  }

  /// Sends the mail that is due first; nil if there is none.
  public func sendNext(at now: Int64) async throws -> Report? {
    guard let mail = try await take(at: now) else { return nil }
    let attempt = await attempt(mail)
    switch attempt.outcome {
    case .success(.sent(let refused)):
      // on a task of its own: a mail that was sent must not be sent again because the server ends
      return try await Task { try await settle(mail, attempt.letter?.taken(refused), at: now) }.value
    case .success(.failed(let failure)):
      if failure.kind == .permanent || failure.kind == .tooLarge || mail.attempts >= Backoff.maxAttempts {
        try await queue.giveUp(mail, failure: failure.message, at: now)
        return .givenUp(id: mail.id, failure: failure.message)
      }
      return try await putBack(mail, failure.message, at: now)
    case .failure(let error):
      // on a task of its own: a server that ends gives the mail back, so that the next one need not wait
      let message = (error as? PoseVaultError)?.message ?? "The sending was interrupted."
      return try await Task { try await putBack(mail, message, at: now) }.value
    }
  }

  /// Sends a notice bypassing the queue, for when the queue can't be reached.
  ///
  /// Throws `CancellationError`; the mail server's response is a ``Delivery``.
  public func sendNow(_ notice: BackupNotice) async throws -> Delivery {
    try await send(notice, to: sender.to)
  }

  private func take(at now: Int64) async throws -> QueuedMail? {
    if let mail = try await queue.takeMail(at: now, host: sender.host, lease: Self.lease) { return mail }
    // a container may have changed its name since: whoever has the file may send it
    for mail in try await queue.unsentMail(limit: 100) where mail.givenUpAt == nil && mail.mail.dueAt <= now {
      guard mail.mail.host != nil, case .proven(let archive)? = try? PendingLetter(mail.mail).notice.outcome,
        Self.size(archive.path) == archive.size
      else { continue }
      if let taken = try await queue.takeMail(mail.id, at: now, lease: Self.lease) { return taken }
    }
    return nil
  }

  /// A mail that the server accepted is done; for recipients that it refused, the mail stays in the queue.
  private func settle(_ mail: QueuedMail, _ rest: PendingLetter?, at now: Int64) async throws -> Report {
    guard let rest, !rest.isDone else {
      try await queue.removeSent(mail)
      return .sent(id: mail.id)
    }
    var mail = mail
    mail.mail.content = try rest.content()
    if rest.missing?.isEmpty == false, mail.attempts < Backoff.maxAttempts {
      return try await putBack(mail, rest.failure, at: now)
    }
    try await queue.giveUp(mail, failure: rest.failure, at: now)
    return .givenUp(id: mail.id, failure: rest.failure)
  }

  private func putBack(_ mail: QueuedMail, _ failure: String, at now: Int64) async throws -> Report {
    let dueAt = now + Backoff.seconds(afterAttempt: mail.attempts)
    try await queue.putBack(mail, dueAt: dueAt, failure: failure)
    return .putBack(id: mail.id, dueAt: dueAt, failure: failure)
  }

  private func attempt(_ mail: QueuedMail) async -> (letter: PendingLetter?, outcome: Result<Delivery, any Error>) {
    do {
      let letter = try PendingLetter(mail.mail)
      let recipients = letter.recipients(of: sender.to)
      // those who were missing are not to be told any more
      if recipients.isEmpty { return (letter, .success(.sent(refused: []))) }
      do {
        return (letter, .success(try await send(letter.notice, to: recipients)))
      } catch {
        return (letter, .failure(error))
      }
    } catch {
      return (nil, .failure(error))
    }
  }

  /// Sends the notice in the best form that the server accepts.
  private func send(_ notice: BackupNotice, to recipients: [MailAddress]) async throws -> Delivery {
    var outcome = Delivery.failed(DeliveryFailure(.tooLarge, "The mail is too large in every form."))
    for form in notice.forms(limit: sender.limit) {
      var path: String?
      var extract: Extract?
      switch await supply(notice, form) {
      case .nothing: break
      case .archive(let file): path = file
      case .extract(let made): (path, extract) = (made.path, made)
      case .missing: continue
      }
      defer { extract?.remove() }
      outcome = try await transport.send(letter(notice, to: recipients, form: form, attachment: path))
      if case .failed(let failure) = outcome, failure.kind == .tooLarge { continue }
      // it may be the attachment that is not wanted
      if case .failed(let failure) = outcome, failure.kind == .permanent, form != .nothing { continue }
      return outcome
    }
    return outcome
  }

  private enum Supply {
    case nothing
    case archive(String)
    case extract(Extract)
    /// The file doesn't exist, for example on another host, or is too large.
    case missing
  }

  private func supply(_ notice: BackupNotice, _ form: BackupNotice.Form) async -> Supply {
    guard form != .nothing, case .proven(let archive) = notice.outcome else { return .nothing }
    guard Self.size(archive.path) == archive.size else { return .missing }
    if form == .archive { return .archive(archive.path) }
    guard let extract = await makeExtract(archive.path) else { return .missing }
    guard let size = Self.size(extract.path), size <= sender.limit else {
      extract.remove()
      return .missing
    }
    return .extract(extract)
  }

  private func letter(
    _ notice: BackupNotice, to recipients: [MailAddress], form: BackupNotice.Form, attachment path: String?
  ) -> Letter {
    var attachment: Letter.Attachment?
    if let path, case .proven(let archive) = notice.outcome {
      let name = form == .archive ? archive.fileName : "without-pictures-" + archive.fileName
      attachment = Letter.Attachment(path: path, name: name)
    }
    return Letter(
      from: sender.from, to: recipients, subject: notice.subject, text: notice.text(form), attachment: attachment,
      date: notice.date, identity: notice.identity)
  }

  private static func size(_ path: String) -> Int64? {
    var status = stat()
    return stat(path, &status) == 0 ? Int64(status.st_size) : nil
  }

  /// In seconds. Longer than three transfers can take.
  private static let lease: Int64 = 3 * 1800 + 300
}

/// How long a mail waits after a failed attempt.
enum Backoff {
  /// About four days.
  static let maxAttempts = 20

  /// One minute, four, sixteen, one hour, four, and then six hours each.
  static func seconds(afterAttempt attempt: Int) -> Int64 {
    attempt < 6 ? 60 << (2 * Int64(max(attempt, 1) - 1)) : 21_600
  }
}
