import Synchronization

/// The current phase and progress of long work, on one line of the terminal; shows nothing elsewhere.
final class PhaseLine: Sendable {
  private struct State {
    var line = ""
    var drawn: ContinuousClock.Instant?
  }

  private let isEnabled = StandardError.isTerminal
  private let state = Mutex(State())

  /// - Parameter progress: of the phase, 0…1.
  func show(_ phase: String, _ progress: Double) {
    guard isEnabled else { return }
    let line = "\(phase) \(Int(progress * 100)) %"
    state.withLock { state in
      let now = ContinuousClock.now
      guard line != state.line, state.drawn.map({ now - $0 >= .milliseconds(100) }) ?? true else { return }
      state = State(line: line, drawn: now)
      StandardError.writeRaw("\r\u{1B}[K" + line)
    }
  }

  func clear() {
    state.withLock { state in
      if state.drawn != nil { StandardError.writeRaw("\r\u{1B}[K") }
      state = State()
    }
  }
}
