/// One line on the terminal that is rewritten; shows nothing on anything else.
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

  /// Counts a picture; the line is redrawn at most ten times a second, but always after other output has replaced it.
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

  /// Makes room for other output, and for the prompt at the end.
  mutating func clear() {
    guard isOnScreen else { return }
    StandardError.writeRaw("\r\u{1B}[K")
    isOnScreen = false
    wasCleared = true
  }
}
