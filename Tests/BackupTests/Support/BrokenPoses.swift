import PoseCore

/// A pose database whose reader is broken in one way.
struct BrokenPoses: ForwardingPoses {
  enum Fault: Sendable {
    case endsEarly(after: Int)
    case skips(Int)
    case repeats(Int)
    /// In the keypoints of that row.
    case flipsByte(Int)
    case goesInCircles
    /// Before the rows after that one are read.
    case runs(afterRow: Int, @Sendable () async throws -> Void)
  }

  let sound: any ArchivablePoses
  let fault: Fault

  func withSnapshot<Value: Sendable>(
    _ body: @Sendable (any PoseSnapshot) async throws -> Value
  ) async throws -> Value {
    try await sound.withSnapshot { try await body(BrokenSnapshot(sound: $0, fault: fault)) }
  }
}

private struct BrokenSnapshot: PoseSnapshot {
  let sound: any PoseSnapshot
  let fault: BrokenPoses.Fault

  func totals() async throws -> PoseTotals { try await sound.totals() }
  func nextID() async throws -> Int { try await sound.nextID() }

  func rows(after: Int?, limit: Int) async throws -> [PoseRecord] {
    if case .runs(after, let action) = fault { try await action() }
    var rows = try await sound.rows(after: after, limit: limit)
    switch fault {
    case .endsEarly(let last): rows.removeAll { $0.id > last }
    case .skips(let id): rows.removeAll { $0.id == id }
    case .repeats(let id): rows = rows.flatMap { $0.id == id ? [$0, $0] : [$0] }
    case .flipsByte(let id): for index in rows.indices where rows[index].id == id { rows[index].keypoints[20] ^= 1 }
    case .runs: break
    case .goesInCircles: rows = try await sound.rows(after: nil, limit: limit)
    }
    return rows
  }
}
