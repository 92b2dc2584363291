public import PoseCore

/// What a storage's tests supply so that ``ImageStoreContract`` can try its pictures; new and empty for each check.
public protocol ImageStoreFixture: Sendable {
  /// Opens the store; called again, it first closes what was opened before, as a restart would.
  func openImages() async throws -> any ArchivableImages

  /// Names whatever is kept of pictures that are not in the store: files, chunks.
  func leftovers() async throws -> [String]

  /// How many resources readers hold: open files, cursors.
  func openReaders() async throws -> Int

  /// Makes the store fail under its user.
  func breakDown() async throws
}

/// What every ``ImageStore`` must do.
public enum ImageStoreContract {
  public typealias Check = StorageCheck<any ImageStoreFixture>

  public static var checks: [Check] {
    roundTrips + ranges + refusals + cancellations + removals + faults + documents
  }
}
