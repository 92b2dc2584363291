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
    print("\(verdict.rawValue) \(line)")
  }
}
