import Synchronization

/// The audit entry for the work in progress. The storage that makes the change writes the entry in the change's own
/// transaction: both are stored, or neither.
public final class AuditNote: Sendable {
  /// Set during a request or a command that may change something.
  @TaskLocal public static var current: AuditNote?

  private struct State {
    /// The entry for the case that the change takes place.
    var entry: AuditEntry
    var isWritten = false
  }

  private let state: Mutex<State>

  public init(_ entry: AuditEntry) {
    state = Mutex(State(entry: entry))
  }

  /// Whether a change took place, and was recorded.
  public var isWritten: Bool { state.withLock { $0.isWritten } }

  /// Says who it is, if that only becomes known during the work, as with a sign-in.
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

  /// If nothing was changed: the entry with the actual outcome.
  public func entry(outcome: Int) -> AuditEntry {
    var entry = state.withLock { $0.entry }
    entry.outcome = outcome
    return entry
  }
}

/// The names of things in entries.
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
  /// The names for an audit entry.
  public var subjects: [String] {
    if case .begun(let run) = self { [AuditSubject.backup(run.id)] } else { [] }
  }
}
