public import PoseCore

/// What a storage's tests supply so that ``PoseRepositoryContract`` can try its poses; new and empty for each check.
public protocol PoseRepositoryFixture: Sendable {
  /// Opens the database; called again, it first closes what was opened before, as a restart would.
  func openPoses() async throws -> any ArchivablePoses

  /// Writes a row past the repository, as an older program may have left it, and returns its id.
  func insertRow(imageID: String, keypoints: String, createdAt: Int64?, updatedAt: Int64?) async throws -> Int

  /// Runs statements past the repository.
  func execute(_ sql: String) async throws

  /// Makes the database fail under the opened repository.
  func breakDown() async throws
}

/// What every ``PoseRepository`` must do.
public enum PoseRepositoryContract {
  public typealias Check = StorageCheck<any PoseRepositoryFixture>

  public static var checks: [Check] {
    storing + details + corrections + paging + filters + conditions + sharedImages + adoptedRows + faults
  }
}
