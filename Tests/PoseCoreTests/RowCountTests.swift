import PoseCore
import Testing

@Suite("The number of rows")
struct RowCountTests {
  @Test("is counted once for many callers, and again when it has become old")
  func sharing() async throws {
    let (total, counts) = (RowCount(lifetime: .milliseconds(300)), Shared(0))
    let count: @Sendable () async throws -> RowCount.Snapshot = {
      counts.withLock { $0 += 1 }
      let now = total.now
      try await Task.sleep(for: .milliseconds(50))
      return RowCount.Snapshot(rows: 7, before: now, after: now)
    }
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<50 { group.addTask { try await total.current(count) } }
      for try await rows in group { #expect(rows == 7) }
    }
    #expect(counts.withLock { $0 } == 1)
    try await Task.sleep(for: .milliseconds(400))
    #expect(try await total.current(count) == 7)
    #expect(counts.withLock { $0 } == 2)
  }

  @Test("holds own changes at once: those before the snapshot within it, later ones added")
  func ownChanges() async throws {
    let total = RowCount()
    total.changing(by: 3) {}
    #expect(
      try await total.current {
        let (before, after) = (total.now, total.now)
        // committed while the rows of the snapshot are being counted
        total.changing(by: 2) {}
        return RowCount.Snapshot(rows: 3, before: before, after: after)
      } == 5)
    total.changing(by: -4) {}
    #expect(try await total.current { throw Unasked() } == 1)
  }

  @Test("takes no snapshot's word on a change that was being committed then")
  func doubt() async throws {
    let total = RowCount(lifetime: .zero)
    let clear = RowCount.Snapshot(rows: 10, before: total.now, after: total.now)
    #expect(try await total.current { clear } == 10)
    let rows = try await total.current {
      let before = total.now
      total.changing(by: 1) {}
      // whether the snapshot has that row is anybody's guess
      return RowCount.Snapshot(rows: 10, before: before, after: total.now)
    }
    #expect(rows == 11)
  }

  @Test("is forgotten when a commit fails, which may have happened all the same")
  func failedCommit() async throws {
    let total = RowCount()
    let clear = RowCount.Snapshot(rows: 10, before: total.now, after: total.now)
    #expect(try await total.current { clear } == 10)
    #expect(throws: Unasked.self) { try total.changing(by: 1) { throw Unasked() } }
    let now = total.now
    #expect(try await total.current { RowCount.Snapshot(rows: 11, before: now, after: now) } == 11)
  }

  private struct Unasked: Error {}
}
