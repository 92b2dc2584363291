/// The one error that PoseVault's parts throw: what a program reads, what a person reads, and what caused it.
///
/// `message` and `code` may be shown to anyone. `cause` is for the log alone.
public struct PoseVaultError: Error, CustomStringConvertible, CustomDebugStringConvertible {
  /// What went wrong, for a program; the raw value is the API's `error.code`.
  public enum Code: String, Sendable, Hashable {
    /// The request or the arguments are not as documented.
    case badRequest = "BAD_REQUEST"
    /// A value in an otherwise well-formed request is not allowed.
    case validationFailed = "VALIDATION_FAILED"
    case imageMissing = "IMAGE_MISSING"
    /// More bytes or pixels than allowed.
    case imageTooLarge = "IMAGE_TOO_LARGE"
    /// A request body other than a picture is longer than allowed.
    case bodyTooLarge = "BODY_TOO_LARGE"
    case headerTooLarge = "HEADER_TOO_LARGE"
    /// Not a picture, or of a format that is not read.
    case unsupportedImage = "UNSUPPORTED_IMAGE"
    /// Sent packed or encoded in a way that is not undone.
    case unsupportedEncoding = "UNSUPPORTED_ENCODING"
    /// Of a format that is read, but damaged or cut short.
    case corruptImage = "CORRUPT_IMAGE"
    case noPersonFound = "NO_PERSON_FOUND"
    case unauthorized = "UNAUTHORIZED"
    case forbidden = "FORBIDDEN"
    case notFound = "NOT_FOUND"
    case methodNotAllowed = "METHOD_NOT_ALLOWED"
    /// A method that no route knows.
    case notImplemented = "NOT_IMPLEMENTED"
    /// The client took too long to send its request.
    case requestTimeout = "REQUEST_TIMEOUT"
    /// The row is no longer what `If-Match` named.
    case preconditionFailed = "PRECONDITION_FAILED"
    /// The key of an upload belongs to another upload.
    case idempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED"
    /// Another request with the key of this upload is under way; try again later.
    case idempotencyKeyInUse = "IDEMPOTENCY_KEY_IN_USE"
    /// Without this key, nobody could make another one.
    case lastOwner = "LAST_OWNER"
    /// A picture that is to be erased shows other people's poses, too.
    case sharedPicture = "SHARED_PICTURE"
    case rangeNotSatisfiable = "RANGE_NOT_SATISFIABLE"
    case expectationFailed = "EXPECTATION_FAILED"
    /// As much work as is allowed waits already; try again later.
    case queueFull = "QUEUE_FULL"
    /// Too many calls of this kind in a short time; try again later.
    case tooManyRequests = "TOO_MANY_REQUESTS"
    /// The disk has too little room left for more pictures.
    case storageFull = "STORAGE_FULL"
    /// The storage can't be reached or doesn't answer; what was asked may well exist.
    case storageUnavailable = "STORAGE_UNAVAILABLE"
    /// The server is ending and takes no new work.
    case shuttingDown = "SHUTTING_DOWN"
    /// A setting is wrong.
    case configuration = "CONFIGURATION"
    /// The inference runtime or a model is missing or unusable.
    case modelUnavailable = "MODEL_UNAVAILABLE"
    /// An archive does not hold what it should.
    case backupUnproven = "BACKUP_UNPROVEN"
    /// A run of the backup that was asked for has failed.
    case backupFailed = "BACKUP_FAILED"
    /// Another run of the backup is under way.
    case backupRunning = "BACKUP_RUNNING"
    /// The archive lies on another machine.
    case archiveElsewhere = "ARCHIVE_ELSEWHERE"
    /// A restore is in progress or was interrupted: what is stored is not whole.
    case restoring = "RESTORING"
    /// A tar of pictures is cut or damaged, or holds what is not read, such as links.
    case corruptArchive = "CORRUPT_ARCHIVE"
    /// A file or folder can't be read or written.
    case fileSystem = "FILE_SYSTEM"
    case `internal` = "INTERNAL"
  }

  public let code: Code
  public let message: String
  /// More for a program, such as the name of the first wrong field; shown as `error.details`.
  public let details: [String: String]
  public let cause: (any Error)?
  /// Of a change that a store could not make: whether it is certain that nothing of it was stored. False where it isn't
  /// known, as when the connection was lost while the change was under way.
  public let nothingWasWritten: Bool
  /// Whether waiting does not help, because the store has answered: a table is missing, or a right.
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

  /// The message alone: a cause may hold what must not be shown.
  public var description: String { message }

  /// Code, message, and what led to it: for the log alone.
  public var debugDescription: String {
    ([code.rawValue + ": " + message] + [ErrorCauses(of: self).text].compactMap { $0 }).joined(
      separator: "; because of: ")
  }
}
