/// One line on the terminal that is rewritten; on anything else it shows nothing.
struct ProgressLine {
  private var progress = Progress()
  private let start: ContinuousClock.Instant
  private var drawn: ContinuousClock.Instant
  private var isOnScreen = false
  private var wasCleared = false
  private let isEnabled: Bool

  init(isEnabled: Bool) {
    self.isEnabled = isEnabled
    start = .now
    drawn = start
  }

  /// Counts a picture; the line is redrawn ten times a second at most, but always where other output replaced it.
  mutating func advance(failed: Bool, total: Int?) {
    progress.done += 1
    progress.failed += failed ? 1 : 0
    progress.total = total
    let now = ContinuousClock.now
    guard isEnabled, wasCleared || now - drawn >= .milliseconds(100) else { return }
    wasCleared = false
    drawn = now
    isOnScreen = true
    StandardError.writeRaw("\r\u{1B}[K" + progress.line(after: (now - start) / .seconds(1)))
  }

  /// Makes room for other output, and at the end for the prompt.
  mutating func clear() {
    guard isOnScreen else { return }
    StandardError.writeRaw("\r\u{1B}[K")
    isOnScreen = false
    wasCleared = true
  }
}
