/// Erases pictures for good, wherever this program keeps them, and says where they still are.
public protocol PictureEraser: Sendable {
  /// Erases the picture that a pose shows, with all poses that show it; nil when there is no such pose, neither as a row
  /// nor in the trash.
  ///
  /// Throws as ``ErasureLedger/erase(pose:all:at:if:)`` does. Once that has removed the poses, what can't be done yet is
  /// told, and done later.
  func erase(
    pose id: Int, all: Bool, if condition: @escaping PoseRepository.Condition
  ) async throws -> ErasureReport?
}

/// What became of an erasure.
public struct ErasureReport: Sendable, Hashable {
  public var erasure: Erasure
  /// Whether the picture is certainly in the store no more.
  public var isPictureGone: Bool
  /// The newest first.
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

/// An archive, or the copy of one, that may hold a picture: it was made while that was stored.
public struct ArchiveHolder: Sendable, Hashable {
  public var path: String
  /// The machine that it lies on, where that is another one.
  public var host: String?
  /// When the rules remove it, if backups go on as they are scheduled, in seconds since 1970; nil where they never do.
  public var until: Int64?

  public init(path: String, host: String?, until: Int64?) {
    self.path = path
    self.host = host
    self.until = until
  }
}
