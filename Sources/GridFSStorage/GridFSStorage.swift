import PoseCore
import Synchronization

/// Pictures in MongoDB.
public final class GridFSStorage: Sendable {
  public let images: GridFSImageStore
  private let isClosed = Mutex(false)

  /// Connects, and creates the bucket's indexes if they are missing.
  ///
  /// Throws `configuration` for an invalid connection string, and `storageUnavailable` with one clear line if MongoDB
  /// can't be found or reached, refuses the user, or has an index that conflicts.
  public static func open(_ configuration: GridFSConfiguration) async throws -> GridFSStorage {
    let storage = try await unchanged(configuration)
    do {
      try await storage.upgrade()
      return storage
    } catch {
      try? await storage.close()
      throw error
    }
  }

  /// Creates no index, and does not contact MongoDB yet.
  ///
  /// Throws `configuration` for an invalid connection string.
  public static func unchanged(_ configuration: GridFSConfiguration) async throws -> GridFSStorage {
    GridFSStorage(images: try await connect(configuration))
  }

  /// Creates the bucket's indexes if they are missing.
  ///
  /// Throws `storageUnavailable` as ``open(_:)`` does.
  public func upgrade() async throws {
    try await images.clients.run("prepare the bucket of pictures") { try $0.makeIndexes() }
  }

  private init(images: GridFSImageStore) {
    self.images = images
  }

  /// Waits for the calls in progress, then closes the connections; later calls throw `shuttingDown`.
  public func close() async throws {
    let wasClosed = isClosed.withLock { isClosed in
      defer { isClosed = true }
      return isClosed
    }
    guard !wasClosed else { return }
    try await Self.end([images.clients, images.pings])
  }

  private static func connect(_ configuration: GridFSConfiguration) async throws -> GridFSImageStore {
    let clients = try await onThread {
      ClientPool.prepareLibrary()
      let string = try ConnectionString(configuration.uri, clients: configuration.maxConnections, .usual)
      return try ClientPool(string, maxWaiting: 1000, waitLimit: configuration.waitLimit)
    }
    do {
      let pings = try await onThread {
        // one at a time, and those that wait give up early: hanging pings don't pile up
        let short = try ConnectionString(configuration.uri, clients: 1, .short, overriding: true)
        return try ClientPool(short, maxWaiting: 100, waitLimit: .milliseconds(500))
      }
      return GridFSImageStore(clients: clients, pings: pings)
    } catch {
      try? await end([clients])
      throw error
    }
  }

  private static func end(_ pools: [ClientPool]) async throws {
    for pool in pools { try await pool.shutDown() }
    // in a task of its own, because a cancelled one may close, too
    try await Task { try await onThread { for pool in pools { pool.destroy() } } }.value
  }

  /// Runs what must not block the cooperative pool when there are no threads for it yet, or no longer.
  private static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let thread = BlockingPool("connections", threads: 1, maxWaiting: 0, waitLimit: .zero)
    do {
      let value = try await thread.run(body)
      try await thread.shutDown()
      return value
    } catch {
      try await thread.shutDown()
      throw error
    }
  }
}

extension GridFSStorage {
  /// Settings of the MongoDB server that make pictures less safe than they could be, one line each; empty if there are
  /// none.
  public func warnings() async throws -> [String] {
    try await images.clients.run("look at the settings of MongoDB") { bucket in
      [try bucket.oldVersion(), try bucket.weakWrites()].compactMap { $0 }
    }
  }
}

extension Bucket {
  fileprivate borrowing func oldVersion() throws -> String? {
    try read(["buildInfo": 1]) { info in
      guard let (major, minor) = Self.version(info), (major, minor) < (4, 4) else { return nil }
      return "MongoDB is version \(major).\(minor); PoseVault requires 4.4 or newer."
    }
  }

  private static func version(_ info: DocumentFields) -> (Int, Int)? {
    guard let major = info.int("versionArray.0"), let minor = info.int("versionArray.1") else { return nil }
    return (major, minor)
  }

  /// Requests a journaled majority write that changes nothing: no document has this id.
  fileprivate borrowing func weakWrites() throws -> String? {
    do {
      _ = try files.deleteOne(["_id": .id("\(ImageID.generate(at: 0))")])
      return nil
    } catch let failure as MongoFailure where failure.kind == .noJournal {
      return "MongoDB keeps no journal: no picture can be stored until it is started with one."
    } catch let failure as MongoFailure where failure.kind == .unconfirmed {
      return "MongoDB does not confirm writes by a majority of its servers: too few of them are up."
    }
  }
}
