/// A mail to be sent.
public struct NewMail: Sendable, Hashable {
  /// The machine that has its attachment; nil if any server may send it.
  public var host: String?
  /// Written and read by the sender; the queue passes it on unchanged.
  public var content: String
  /// Not to be sent earlier, in seconds since 1970.
  public var dueAt: Int64

  public init(host: String?, content: String, dueAt: Int64) {
    self.host = host
    self.content = content
    self.dueAt = dueAt
  }
}

/// A mail that has not been sent yet.
public struct QueuedMail: Sendable, Hashable {
  /// Assigned by the storage, ascending, never reused.
  public var id: Int
  public var mail: NewMail
  /// How often it was taken, including this time.
  public var attempts: Int
  /// Why the last attempt failed, for a person.
  public var failure: String?
  /// When its sender gave up, in seconds since 1970.
  public var givenUpAt: Int64?

  public init(id: Int, mail: NewMail, attempts: Int, failure: String?, givenUpAt: Int64?) {
    self.id = id
    self.mail = mail
    self.attempts = attempts
    self.failure = failure
    self.givenUpAt = givenUpAt
  }

  /// After this many seconds past its due time, a mail that its host has not taken may be taken by any server.
  public static let hostLimit: Int64 = 3600
}
