import Foundation

/// What a test needs of its machine and may be lacking: a right to mount, a program.
///
/// Where POSEVAULT_STRICT is set, as in `.ci/run`, such a test fails: there, nothing may be left out. Elsewhere it is
/// skipped.
public enum Missing: Error, CustomStringConvertible {
  case neededByStrictTests(String)

  public var description: String {
    switch self {
    case .neededByStrictTests(let what): "\(what); POSEVAULT_STRICT is set, so no test may be left out"
    }
  }

  public static var isFailure: Bool {
    ProcessInfo.processInfo.environment["POSEVAULT_STRICT"]?.isEmpty == false
  }

  /// For `.enabled(if:)`: a test that must not be left out runs in any case, and fails for what it lacks.
  public static func mayRun(with isThere: Bool) -> Bool { isThere || isFailure }

  /// Says that a test was left out; throws where none may be.
  public static func leaveOut(_ what: String) throws {
    if isFailure { throw Missing.neededByStrictTests(what) }
    print("Left out: \(what)")
  }
}
