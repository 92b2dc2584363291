/// The only error type that PoseVault's parts throw: a code for programs, a message for people, and the cause.
///
/// `message` and `code` may be shown to anyone. `cause` is only for the log.
public struct PoseVaultError: Error, CustomStringConvertible, CustomDebugStringConvertible {
  /// What went wrong, for a program; the raw value is the API's `error.code`.
  public enum Code: String, Sendable, Hashable {
    /// The request or the arguments do not follow the documentation.
    case badRequest = "BAD_REQUEST"
    /// A value in an otherwise well-formed request is not allowed.
    case validationFailed = "VALIDATION_FAILED"
    case imageMissing = "IMAGE_MISSING"
    /// More bytes or pixels than allowed.
    case imageTooLarge = "IMAGE_TOO_LARGE"
    /// A request body other than a picture is longer than allowed.
    case bodyTooLarge = "BODY_TOO_LARGE"
    case headerTooLarge = "HEADER_TOO_LARGE"
    /// Not a picture, or in an unsupported format.
    case unsupportedImage = "UNSUPPORTED_IMAGE"
    /// Sent compressed or encoded in an unsupported way.
    case unsupportedEncoding = "UNSUPPORTED_ENCODING"
    /// In a supported format, but damaged or truncated.
    case corruptImage = "CORRUPT_IMAGE"
    case noPersonFound = "NO_PERSON_FOUND"
    case unauthorized = "UNAUTHORIZED"
    case forbidden = "FORBIDDEN"
    case notFound = "NOT_FOUND"
    case methodNotAllowed = "METHOD_NOT_ALLOWED"
    /// A method that no route supports.
    case notImplemented = "NOT_IMPLEMENTED"
    /// The client took too long to send its request.
    case requestTimeout = "REQUEST_TIMEOUT"
    /// The row no longer matches `If-Match`.
    case preconditionFailed = "PRECONDITION_FAILED"
    /// The key of an upload belongs to another upload.
    case idempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED"
    /// Another request with this upload's key is in progress; try again later.
    case idempotencyKeyInUse = "IDEMPOTENCY_KEY_IN_USE"
    /// Without this key, nobody could create another one.
    case lastOwner = "LAST_OWNER"
    /// A picture to be erased has other people's poses, too.
    case sharedPicture = "SHARED_PICTURE"
    case rangeNotSatisfiable = "RANGE_NOT_SATISFIABLE"
    case expectationFailed = "EXPECTATION_FAILED"
    /// As much work as allowed is already waiting; try again later.
    case queueFull = "QUEUE_FULL"
    /// Too many calls of this kind in a short time; try again later.
    case tooManyRequests = "TOO_MANY_REQUESTS"
    /// The disk has too little space left for more pictures.
    case storageFull = "STORAGE_FULL"
    /// The storage can't be reached or doesn't respond; what was requested may well exist.
    case storageUnavailable = "STORAGE_UNAVAILABLE"
    /// The server is shutting down and accepts no new work.
    case shuttingDown = "SHUTTING_DOWN"
    /// A setting is wrong.
    case configuration = "CONFIGURATION"
    /// The inference runtime or a model is missing or unusable.
    case modelUnavailable = "MODEL_UNAVAILABLE"
    /// An archive does not contain what it should.
    case backupUnproven = "BACKUP_UNPROVEN"
    /// A requested backup run has failed.
    case backupFailed = "BACKUP_FAILED"
    /// Another backup run is in progress.
    case backupRunning = "BACKUP_RUNNING"
    /// The archive is on another machine.
    case archiveElsewhere = "ARCHIVE_ELSEWHERE"
    /// A restore is in progress or was interrupted: the stored data is incomplete.
    case restoring = "RESTORING"
    /// A tar of pictures is truncated or damaged, or contains unsupported entries, such as links.
    case corruptArchive = "CORRUPT_ARCHIVE"
    /// A file or folder can't be read or written.
    case fileSystem = "FILE_SYSTEM"
    case `internal` = "INTERNAL"
  }

  public let code: Code
  public let message: String
  /// More for a program, such as the name of the first invalid field; shown as `error.details`.
  public let details: [String: String]
  public let cause: (any Error)?
  /// For a change that a store could not make: whether it is certain that nothing was stored. False if it isn't known,
  /// for example if the connection was lost during the change.
  public let nothingWasWritten: Bool
  /// Whether waiting does not help, because the store has responded: a table is missing, or a right.
  public let isLasting: Bool

  public init(
    _ code: Code, _ message: String, details: [String: String] = [:], cause: (any Error)? = nil,
    nothingWasWritten: Bool = false, isLasting: Bool = false
  ) {
    self.code = code
    self.message = message
    self.details = details
    self.cause = cause
    self.nothingWasWritten = nothingWasWritten
    self.isLasting = isLasting
  }

  /// Only the message: a cause may contain what must not be shown.
  public var description: String { message }

  /// Code, message, and cause: only for the log.
  public var debugDescription: String {
    ([code.rawValue + ": " + message] + [ErrorCauses(of: self).text].compactMap { $0 }).joined(
      separator: "; because of: ")
  }
}
