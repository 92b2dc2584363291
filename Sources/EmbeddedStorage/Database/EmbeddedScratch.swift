public import PoseCore

/// Throwaway pose databases in SQLite.
public struct EmbeddedScratch: ScratchStore {
  public init() {}

  public func withPoses<Value: Sendable>(
    in folder: String, _ body: @Sendable (any ArchivablePoses) async throws -> Value
  ) async throws -> Value {
    let files = BlockingPool("scratch files", threads: 1, maxWaiting: 1, waitLimit: .seconds(10))
    let outcome: Result<Value, any Error>
    do {
      try await files.run { try SystemCall.makeNewFolder(folder) }
      outcome = await use(folder, files: files, by: body)
      // in a task of its own, because a cancelled user's folder must go, too
      await Task { try? await files.run { SystemCall.removeFolder(folder) } }.value
    } catch {
      outcome = .failure(error)
    }
    try? await files.shutDown()
    return try outcome.get()
  }

  public func index(in folder: String) throws -> any ScratchIndex { try SQLiteIndex(in: folder) }

  private func use<Value: Sendable>(
    _ folder: String, files: BlockingPool, by body: @Sendable (any ArchivablePoses) async throws -> Value
  ) async -> Result<Value, any Error> {
    do {
      let database = try await files.run {
        try SQLiteDatabase(path: folder + "/scratch.sqlite", busyTimeout: 5, isDurable: false)
      }
      let outcome: Result<Value, any Error>
      do {
        outcome = .success(try await body(SQLitePoseRepository(database: database)))
      } catch {
        outcome = .failure(error)
      }
      await Task { try? await database.close() }.value
      return outcome
    } catch {
      return .failure(error)
    }
  }
}
