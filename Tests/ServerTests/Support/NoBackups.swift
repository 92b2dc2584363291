import PoseCore

/// For tests that are not about backups.
struct NoBackups: BackupOperator {
  func begin() async throws -> BackupRun { throw PoseVaultError(.shuttingDown, "no backups here") }
  func end(of run: BackupRun) async throws -> BackupRun { run }
  func status() async throws -> BackupStatus {
    BackupStatus(nextRun: nil, latest: nil, lastProven: nil, unsentMail: [], troubles: [])
  }
  func run(_ id: Int) async throws -> BackupRun? { nil }
  func runs(before: Int?, limit: Int) async throws -> [BackupRun] { [] }
  func archive(of run: BackupRun) async throws -> String { throw PoseVaultError(.notFound, "no backups here") }
}
