import PoseCore

/// The lines that `doctor` prints.
struct DoctorReport {
  enum Verdict: String {
    case good = "✓"
    case notice = "!"
    case wrong = "✗"
  }

  private(set) var hasFaults = false

  mutating func tell(_ verdict: Verdict, _ line: String) {
    if verdict == .wrong { hasFaults = true }
    print("\(verdict.rawValue) \(Terminal.line(line))")
  }

  /// - Parameter items: all that the line speaks of, one below the other.
  mutating func tell(_ verdict: Verdict, _ line: String, items: [String]) {
    tell(verdict, line)
    for item in items { print("    \(Terminal.line(item))") }
  }

  /// The error, and below it what led to it.
  ///
  /// - Parameter subject: what it is about, where the error doesn't say it.
  mutating func tell(_ error: any Error, of subject: String? = nil, as verdict: Verdict = .wrong) {
    let message = (error as? PoseVaultError)?.message ?? "\(error)"
    tell(verdict, subject.map { "\($0): \(message)" } ?? message, items: FailureLines.causes(of: error))
  }

  /// Makes a check that others don't depend on: what it throws is reported.
  mutating func check(_ body: (inout DoctorReport) async throws -> Void) async {
    do {
      try await body(&self)
    } catch {
      tell(error)
    }
  }
}
