import Synchronization

/// The number of a table's rows: counted at most every two seconds, by one count at a time, and corrected at once by
/// what this process inserts and deletes.
///
/// A count returns how many rows are in a snapshot of the table. Changes of this process that were committed before the
/// snapshot are included, and later ones are added. A change that was being committed at that moment could be either;
/// in that case the number known so far is still used and corrected, and the next caller counts again.
public final class RowCount: Sendable {
  /// What this process had committed at a given moment.
  public struct Moment: Sendable {
    fileprivate var begun = 0
    fileprivate var underWay = 0
    fileprivate var committed = 0

    fileprivate func isClear(since earlier: Moment) -> Bool { earlier.underWay == 0 && begun == earlier.begun }
  }

  /// The rows of a snapshot taken between two moments.
  public struct Snapshot: Sendable {
    let rows: Int
    let before: Moment
    let after: Moment

    public init(rows: Int, before: Moment, after: Moment) {
      self.rows = rows
      self.before = before
      self.after = after
    }
  }

  private struct State {
    var moment = Moment()
    var known: (rows: Int, until: ContinuousClock.Instant)?
    var counting: Task<Int, any Error>?
  }

  private enum Answer {
    case known(Int)
    case counting(Task<Int, any Error>)
  }

  private let lifetime: Duration
  private let state = Mutex(State())

  public init(lifetime: Duration = .seconds(2)) {
    self.lifetime = lifetime
  }

  /// Read it right before and right after taking a snapshot.
  public var now: Moment { state.withLock { $0.moment } }

  /// Runs `commit`, which changes the number of rows by `difference`.
  public func changing<Value>(by difference: Int, _ commit: () throws -> Value) rethrows -> Value {
    guard difference != 0 else { return try commit() }
    return try changing(commit) { _ in difference }
  }

  /// Runs `commit`, which changes the number of rows by `difference`, given what it returned.
  public func changing<Value>(
    _ commit: () throws -> Value, by difference: (Value) -> Int
  ) rethrows -> Value {
    state.withLock { state in
      state.moment.begun += 1
      state.moment.underWay += 1
    }
    do {
      let value = try commit()
      let difference = difference(value)
      state.withLock { state in
        state.moment.underWay -= 1
        state.moment.committed += difference
        state.known?.rows += difference
      }
      return value
    } catch {
      state.withLock { state in
        state.moment.underWay -= 1
        // whether a failed commit happened is unknown
        state.known = nil
      }
      throw error
    }
  }

  /// The number of rows; `count` is called if none is known that is recent enough.
  ///
  /// Throws what `count` throws.
  public func current(_ count: @escaping @Sendable () async throws -> Snapshot) async throws -> Int {
    let answer: Answer = state.withLock { state in
      if let known = state.known, known.until > .now { return .known(known.rows) }
      let counting = state.counting ?? Task { try await refresh(count) }
      state.counting = counting
      return .counting(counting)
    }
    switch answer {
    case .known(let rows): return rows
    case .counting(let task): return try await task.value
    }
  }

  private func refresh(_ count: @Sendable () async throws -> Snapshot) async throws -> Int {
    do {
      let snapshot = try await count()
      return state.withLock { state in
        state.counting = nil
        let isClear = snapshot.after.isClear(since: snapshot.before)
        if !isClear, let known = state.known { return known.rows }
        let rows = snapshot.rows + state.moment.committed - snapshot.after.committed
        state.known = (rows, isClear ? .now + lifetime : .now)
        return rows
      }
    } catch {
      state.withLock { $0.counting = nil }
      throw error
    }
  }
}
