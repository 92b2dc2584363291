import PoseCore

/// A pose database whose reader is broken in one way.
struct BrokenPoses: ArchivablePoses {
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

  func restore(_ poses: [PoseRecord]) async throws { try await sound.restore(poses) }
  func continueIDs(at next: Int) async throws { try await sound.continueIDs(at: next) }
  func notIncluded() async throws -> [String] { try await sound.notIncluded() }
  func datasetID() async throws -> String { try await sound.datasetID() }
  func insert(_ poses: [NewPose]) async throws -> [PoseRecord] { try await sound.insert(poses) }
  func find(_ id: Int, with parts: PoseParts) async throws -> PoseRecord? { try await sound.find(id, with: parts) }
  func list(_ page: PosePage, of filter: PoseFilter, with parts: PoseParts) async throws -> [PoseRecord] {
    try await sound.list(page, of: filter, with: parts)
  }
  func count(of filter: PoseFilter) async throws -> Int { try await sound.count(of: filter) }
  func update(
    _ id: Int, keypoints: [UInt8], at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord? {
    try await sound.update(id, keypoints: keypoints, at: seconds, with: parts, if: condition)
  }
  func revert(
    _ id: Int, at seconds: Int64, with parts: PoseParts, if condition: @escaping Condition
  ) async throws -> PoseRecord? { try await sound.revert(id, at: seconds, with: parts, if: condition) }
  func delete(_ id: Int, if condition: @escaping Condition) async throws -> DeletedPose? {
    try await sound.delete(id, if: condition)
  }
  func referenced(among ids: [ImageID]) async throws -> Set<ImageID> { try await sound.referenced(among: ids) }
  func ping() async throws { try await sound.ping() }
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
