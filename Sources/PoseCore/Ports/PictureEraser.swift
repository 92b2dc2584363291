/// Permanently erases pictures, wherever this program stores them, and reports where they still are.
public protocol PictureEraser: Sendable {
  /// Erases a pose's picture, with all of its poses; nil if there is no such pose, neither as a row nor in the trash.
  ///
  /// Throws as ``ErasureLedger/erase(pose:all:at:if:)`` does. Once that has removed the poses, what can't be done yet
  /// is reported, and done later.
  func erase(
    pose id: Int, all: Bool, if condition: @escaping PoseRepository.Condition
  ) async throws -> ErasureReport?
}

/// The result of an erasure.
public struct ErasureReport: Sendable, Hashable {
  public var erasure: Erasure
  /// Whether the picture is certainly no longer in the store.
  public var isPictureGone: Bool
  /// Newest first.
  public var archives: [ArchiveHolder]
  /// What else a person must know, one line each: what could not be done yet, and what no rule removes.
  public var notes: [String]

  public init(erasure: Erasure, isPictureGone: Bool, archives: [ArchiveHolder], notes: [String]) {
    self.erasure = erasure
    self.isPictureGone = isPictureGone
    self.archives = archives
    self.notes = notes
  }
}

/// An archive, or the copy of one, that may contain a picture: it was made while the picture was stored.
public struct ArchiveHolder: Sendable, Hashable {
  public var path: String
  /// The machine that has it, if it is a different one.
  public var host: String?
  /// When the rules will remove it if backups continue as scheduled, in seconds since 1970; nil if they never will.
  public var until: Int64?

  public init(path: String, host: String?, until: Int64?) {
    self.path = path
    self.host = host
    self.until = until
  }
}
