import EmbeddedStorage
import GridFSStorage
import Logging
import MySQLStorage
import PoseCore
import Server

extension Composition {
  /// Where poses and pictures are kept.
  struct Storage: Sendable {
    let kind: StorageKind
    let poses: any ArchivablePoses
    let images: any RestorableImages & PairableImages
    let trash: any TrashStore
    let runs: any RunStore
    let imports: any ImportClaims
    let uploads: any UploadKeys
    /// What a crash left of pictures.
    let strays: any StrayPictures
    /// What is wrong in the database's own file; nil where a database server looks after that.
    var damage: (@Sendable () async throws -> [String])?
    /// Settings of database servers that weaken what is promised.
    var warnings: @Sendable () async throws -> [String] = { [] }
    /// How many poses there are in tables that are not up to date, and may even be missing; nil where they are.
    var posesBeforeUpgrade: @Sendable () async throws -> Int? = { nil }
  }

  /// Opens the storage for as long as `body` runs.
  ///
  /// Throws `configuration`, `storageUnavailable`, or what `body` throws.
  static func withStorage(_ storage: Settings.Storage, _ body: (Storage) async throws -> Void) async throws {
    switch storage {
    case .embedded(let directory): try await withEmbedded(directory, .command, body)
    case .databases(let settings): try await withDatabases(settings, .none, body)
    }
  }

  /// As ``withStorage(_:_:)``, for databases that are to stay as they are: tables and indexes may be missing.
  static func withUnchangedDatabases(
    _ settings: DatabaseSettings, _ body: (Storage) async throws -> Void
  ) async throws {
    try await withDatabases(
      mysql: { MySQLStorage.unchanged(configuration(mysql: settings)) },
      gridFS: { try await GridFSStorage.unchanged(configuration(mongo: settings)) }, body)
  }

  /// As ``withStorage(_:_:)``, for the one server that embedded storage may have. Databases that don't answer yet are
  /// waited for: after a power failure they may start more slowly.
  static func withServerStorage(
    _ storage: Settings.Storage, _ logger: Logger, _ body: (Storage) async throws -> Void
  ) async throws {
    switch storage {
    case .embedded(let directory): try await withEmbedded(directory, .server, body)
    case .databases(let settings): try await withDatabases(settings, Patience(limit: .seconds(60), logger), body)
    }
  }

  private static func withEmbedded(
    _ directory: String, _ role: EmbeddedStorage.Role, _ body: (Storage) async throws -> Void
  ) async throws {
    let opened = try await EmbeddedStorage.open(directory, role: role)
    try await closing({ try await opened.close() }) {
      try await body(
        Storage(
          kind: .embedded, poses: opened.poses, images: opened.images, trash: opened.trash, runs: opened.runs,
          imports: opened.imports, uploads: opened.uploads, strays: opened.images, damage: opened.damage))
    }
  }

  private static func withDatabases(
    _ settings: DatabaseSettings, _ patience: Patience, _ body: (Storage) async throws -> Void
  ) async throws {
    try await withDatabases(
      mysql: { try await patience.opening { try await MySQLStorage.open(configuration(mysql: settings)) } },
      gridFS: { try await patience.opening { try await GridFSStorage.open(configuration(mongo: settings)) } }, body)
  }

  private static func withDatabases(
    mysql: () async throws -> MySQLStorage, gridFS: () async throws -> GridFSStorage,
    _ body: (Storage) async throws -> Void
  ) async throws {
    let mysql = try await mysql()
    try await closing({ try await mysql.close() }) {
      let gridFS = try await gridFS()
      try await closing({ try await gridFS.close() }) {
        try await body(
          Storage(
            kind: .databases, poses: mysql.poses, images: gridFS.images, trash: mysql.trash, runs: mysql.runs,
            imports: mysql.imports, uploads: mysql.uploads,
            strays: gridFS.images,
            warnings: { try await mysql.warnings() + gridFS.warnings() },
            posesBeforeUpgrade: mysql.posesBeforeUpgrade))
      }
    }
  }

  /// Opens and closes each of the databases by itself.
  static func openings(
    _ settings: DatabaseSettings
  ) -> [(name: String, open: @Sendable () async throws -> Void)] {
    [
      ("MySQL", { try await MySQLStorage.open(configuration(mysql: settings)).close() }),
      ("MongoDB", { try await GridFSStorage.open(configuration(mongo: settings)).close() }),
    ]
  }

  private static func configuration(mongo settings: DatabaseSettings) -> GridFSConfiguration {
    GridFSConfiguration(uri: settings.mongoURI.revealed)
  }

  private static func configuration(mysql settings: DatabaseSettings) -> MySQLConfiguration {
    MySQLConfiguration(
      host: settings.mysqlHost, port: settings.mysqlPort, user: settings.mysqlUser,
      password: settings.mysqlPassword?.revealed ?? "", database: settings.mysqlDatabase,
      certificateAuthority: settings.mysqlAuthority, maxConnections: settings.mysqlConnections)
  }
}

/// How long databases that don't answer yet are waited for.
private struct Patience {
  static let none = Patience(limit: .zero, nil)

  private let deadline: ContinuousClock.Instant
  private let logger: Logger?
  private static let pause = Duration.seconds(2)

  init(limit: Duration, _ logger: Logger?) {
    deadline = .now + limit
    self.logger = logger
  }

  func opening<Opened>(_ open: () async throws -> Opened) async throws -> Opened {
    while true {
      do {
        return try await open()
      } catch let error as PoseVaultError where error.code == .storageUnavailable && .now < deadline {
        logger?.report(error, "\(error.message) Trying again …", level: .warning)
        try await Task.sleep(for: Self.pause)
      }
    }
  }
}

extension FileImageStore: StrayPictures {}
extension GridFSImageStore: StrayPictures {}
