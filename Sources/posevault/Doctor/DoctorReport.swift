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

  /// - Parameter items: everything that the line refers to, one below the other.
  mutating func tell(_ verdict: Verdict, _ line: String, items: [String]) {
    tell(verdict, line)
    for item in items { print("    \(Terminal.line(item))") }
  }

  /// The error, and below it its cause.
  ///
  /// - Parameter subject: what it is about, if the error doesn't say so.
  mutating func tell(_ error: any Error, of subject: String? = nil, as verdict: Verdict = .wrong) {
    let message = (error as? PoseVaultError)?.message ?? "\(error)"
    tell(verdict, subject.map { "\($0): \(message)" } ?? message, items: FailureLines.causes(of: error))
  }

  /// Runs a check that others don't depend on: anything it throws is reported.
  mutating func check(_ body: (inout DoctorReport) async throws -> Void) async {
    do {
      try await body(&self)
    } catch {
      tell(error)
    }
  }
}
