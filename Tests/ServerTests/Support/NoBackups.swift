import PoseCore

/// For tests that are not about backups.
struct NoBackups: BackupOperator {
  func begin() async throws -> BackupRun { throw PoseVaultError(.shuttingDown, "no backups here") }
  func end(of run: BackupRun) async throws -> BackupRun { run }
  func status() async throws -> BackupStatus {
    BackupStatus(nextRun: nil, latest: nil, lastProven: nil, unsentMail: [], state: .good, troubles: [])
  }
  func accept(_ id: Int) async throws -> BackupRun { throw PoseVaultError(.notFound, "no backups here") }
  func run(_ id: Int) async throws -> BackupRun? { nil }
  func runs(before: Int?, limit: Int) async throws -> [BackupRun] { [] }
  func archive(of run: BackupRun) async throws -> String { throw PoseVaultError(.notFound, "no backups here") }
}

/// For tests that are not about the trash.
struct EmptyTrash: TrashStore {
  func discard(_ pictures: [StoredImage], for reason: TrashReason, at now: Int64) async throws {}
  func trashed(among pictures: [ImageID]) async throws -> Set<ImageID> { [] }
  func items(after: Int?, limit: Int) async throws -> [TrashItem] { [] }
  func totals() async throws -> TrashTotals { TrashTotals(count: 0, bytes: 0) }
  func remove(_ ids: [Int]) async throws {}
  func discard(
    pose id: Int, length: Int, at now: Int64, if condition: @escaping PoseRepository.Condition
  ) async throws -> DeletedPose? { nil }
  func deletedPoses(before: Int?, limit: Int, of pose: Int?) async throws -> [TrashedPose] { [] }
  func deletedPose(_ id: Int) async throws -> TrashedPose? { nil }
  func restorePose(_ id: Int) async throws -> PoseRecord? { nil }
  func removePose(_ id: Int) async throws -> DeletedPose? { nil }
}

/// For tests that are not about keys of uploads.
struct NoKeys: UploadKeys {
  private static let refusal = PoseVaultError(.internal, "no keys here")

  func claim(_ upload: KeyedUpload, at now: Int64) async throws -> UploadAdmission { throw Self.refusal }
  func insert(
    _ poses: [NewPose], for upload: KeyedUpload, at now: Int64, answer: @escaping @Sendable ([PoseRecord]) -> [UInt8]
  ) async throws -> [PoseRecord] { throw Self.refusal }
  func release(_ upload: KeyedUpload) async throws {}
  func removeExpired(at now: Int64) async throws -> Int { 0 }
}

/// For tests that are not about erasure.
struct NoEraser: PictureEraser {
  func erase(
    pose id: Int, all: Bool, if condition: @escaping PoseRepository.Condition
  ) async throws -> ErasureReport? { nil }
}
