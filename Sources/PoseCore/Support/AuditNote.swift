import Synchronization

/// What is to be noted of the work under way. The storage that makes the change writes the entry in the change's own
/// transaction: both are there, or neither.
public final class AuditNote: Sendable {
  /// Set while a request or a command works that may change something.
  @TaskLocal public static var current: AuditNote?

  private struct State {
    /// As it is where the change comes about.
    var entry: AuditEntry
    var isWritten = false
  }

  private let state: Mutex<State>

  public init(_ entry: AuditEntry) {
    state = Mutex(State(entry: entry))
  }

  /// Whether a change came about, and was noted.
  public var isWritten: Bool { state.withLock { $0.isWritten } }

  /// Says who it is, where that is known only while the work goes on, as with a sign-in.
  public func identify(_ name: String) { state.withLock { $0.entry.by = name } }

  /// For the change's transaction.
  ///
  /// - Parameter subjects: what is changed, such as `pose 7`.
  public func entry(of subjects: [String]) -> AuditEntry {
    var entry = state.withLock { $0.entry }
    entry.subjects += subjects.filter { !entry.subjects.contains($0) }
    return entry
  }

  /// The transaction has been committed.
  public func markWritten() { state.withLock { $0.isWritten = true } }

  /// Where nothing was changed: the entry with what came of it.
  public func entry(outcome: Int) -> AuditEntry {
    var entry = state.withLock { $0.entry }
    entry.outcome = outcome
    return entry
  }
}

/// What entries call the things that they are about.
public enum AuditSubject {
  public static func pose(_ id: Int) -> String { "pose \(id)" }
  public static func image(_ id: String) -> String { "image \(id)" }
  public static func key(_ id: Int) -> String { "key \(id)" }
  public static func session(_ id: Int) -> String { "session \(id)" }
  public static func backup(_ id: Int) -> String { "backup \(id)" }

  /// What lies in the trash, by its id there.
  public static func trash(_ id: Int) -> String { "trash \(id)" }

  /// Of poses that were stored, and of their picture.
  public static func of(_ poses: [PoseRecord]) -> [String] {
    poses.map { pose($0.id) } + Set(poses.map(\.imageID)).sorted().map(image)
  }

  public static func of(_ pose: PoseRecord?) -> [String] { pose.map { [Self.pose($0.id)] } ?? [] }
}

extension BackupAdmission {
  /// What an audit entry names.
  public var subjects: [String] {
    if case .begun(let run) = self { [AuditSubject.backup(run.id)] } else { [] }
  }
}
