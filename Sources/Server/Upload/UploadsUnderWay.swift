import PoseCore
import Synchronization

/// The uploads whose bodies are still arriving, so that one of them can be given up if memory is short.
///
/// Otherwise, a few clients that send much at first and little afterwards would keep everybody out for minutes.
final class UploadsUnderWay: Sendable {
  private struct Entry {
    let client: ClientConnection?
    let since: ContinuousClock.Instant
    var bytes = 0
    var isGivenUp = false
  }

  private struct State {
    var entries: [Int: Entry] = [:]
    var lastID = 0
  }

  private let state = Mutex(State())
  /// An upload that has been arriving for less time is left alone.
  private let grace: Duration

  init(grace: Duration) { self.grace = grace }

  func begin(_ client: ClientConnection?) -> Int {
    state.withLock { state in
      state.lastID += 1
      state.entries[state.lastID] = Entry(client: client, since: .now)
      return state.lastID
    }
  }

  func holds(_ id: Int, bytes: Int) { state.withLock { $0.entries[id]?.bytes = bytes } }

  /// Its body has arrived, or it has failed.
  func end(_ id: Int) { state.withLock { _ = $0.entries.removeValue(forKey: id) } }

  /// Gives up the upload that has held the most for longest, bytes times seconds; false if none has been arriving for
  /// long enough.
  func giveOneUp(for id: Int) -> Bool {
    let now = ContinuousClock.now
    let client = state.withLock { state -> ClientConnection?? in
      let waiting = state.entries.filter { entry in
        entry.key != id && !entry.value.isGivenUp && entry.value.bytes > 0 && now - entry.value.since >= grace
      }
      let worst = waiting.max { Self.cost($0.value, at: now) < Self.cost($1.value, at: now) }
      guard let worst else { return nil }
      state.entries[worst.key]?.isGivenUp = true
      return .some(worst.value.client)
    }
    guard let client else { return false }
    client?.giveUp(
      PoseVaultError(
        .requestTimeout, "The picture arrived too slowly while the server had no memory for others. Try again."))
    return true
  }

  private static func cost(_ entry: Entry, at now: ContinuousClock.Instant) -> Double {
    Double(entry.bytes) * ((now - entry.since) / .seconds(1))
  }
}
