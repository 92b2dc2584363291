import PoseCore

/// A pose database that gives what another one does, but for what a test's own says.
protocol ForwardingPoses: ArchivablePoses {
  var sound: any ArchivablePoses { get }
}

extension ForwardingPoses {
  func withSnapshot<Value: Sendable>(
    _ body: @Sendable (any PoseSnapshot) async throws -> Value
  ) async throws -> Value { try await sound.withSnapshot(body) }

  func restore(_ poses: [PoseRecord]) async throws { try await sound.restore(poses) }
  func continueIDs(at next: Int) async throws { try await sound.continueIDs(at: next) }
  func adopt(datasetID: String) async throws { try await sound.adopt(datasetID: datasetID) }
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
