import EmbeddedStorage
import PoseCore

extension Composition {
  /// The open stores for poses and pictures.
  struct Storage: Sendable {
    let database: OpenPoses
    let pictures: OpenPictures

    var poses: any ArchivablePoses { database.poses }
    var images: any CompleteImageStore { pictures.images }
    var trash: any TrashStore { database.trash }
    var erasures: any ErasureLedger { database.erasures }
    var runs: any RunStore { database.runs }
    var imports: any ImportClaims { database.imports }
    var uploads: any UploadKeys { database.uploads }
    var access: any AccessKeys { database.access }
    var audit: any AuditTrail { database.audit }

    /// Brings tables and indexes up to date; nothing else may be requested before.
    func upgrade() async throws {
      try await database.upgrade()
      try await pictures.upgrade()
    }

    /// Settings of database servers that weaken the guarantees.
    func warnings() async throws -> [String] {
      try await database.warnings() + pictures.warnings()
    }
  }

  /// Opens the storage while `body` runs.
  ///
  /// Throws `configuration`, `storageUnavailable`, or what `body` throws.
  static func withStorage(_ stores: Stores, _ body: (Storage) async throws -> Void) async throws {
    try await withUnchangedStorage(stores) { storage in
      try await storage.upgrade()
      try await body(storage)
    }
  }

  /// As ``withStorage(_:_:)``, but databases are not contacted yet, and need ``Storage/upgrade()`` first: they may be
  /// down, and tables and indexes may be missing.
  static func withUnchangedStorage(_ stores: Stores, _ body: (Storage) async throws -> Void) async throws {
    try await withStores(stores, role: .command, body)
  }

  /// As ``withUnchangedStorage(_:_:)``, for the single server that a data folder may have.
  static func withServerStorage(_ stores: Stores, _ body: (Storage) async throws -> Void) async throws {
    try await withStores(stores, role: .server, body)
  }

  private static func withStores(
    _ stores: Stores, role: EmbeddedStorage.Role, _ body: (Storage) async throws -> Void
  ) async throws {
    try await withFolders(role) { folders in
      let database = try await stores.poses.open(folders)
      try await closing(database.close) {
        let pictures = try await stores.pictures.open(folders)
        try await closing(pictures.close) { try await body(Storage(database: database, pictures: pictures)) }
      }
    }
  }

  /// Opens and closes each of the stores separately.
  static func openings(_ stores: Stores) -> [(name: String, open: @Sendable () async throws -> Void)] {
    [
      (
        type(of: stores.poses).name,
        {
          try await withFolders { folders in
            let poses = try await stores.poses.open(folders)
            try await closing(poses.close, after: poses.upgrade)
          }
        }
      ),
      (
        type(of: stores.pictures).name,
        {
          try await withFolders { folders in
            let pictures = try await stores.pictures.open(folders)
            try await closing(pictures.close, after: pictures.upgrade)
          }
        }
      ),
    ]
  }

  private static func withFolders(
    _ role: EmbeddedStorage.Role = .command, _ body: (DataFolders) async throws -> Void
  ) async throws {
    let folders = DataFolders(role)
    try await closing({ try await folders.close() }, after: { try await body(folders) })
  }
}
