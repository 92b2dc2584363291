import EmbeddedStorage

/// The open data folders: one may contain both poses and pictures, and is opened once.
actor DataFolders {
  private let role: EmbeddedStorage.Role
  private var opened: [String: EmbeddedStorage] = [:]

  init(_ role: EmbeddedStorage.Role) {
    self.role = role
  }

  /// Throws `storageUnavailable` if the folder can't be used.
  func storage(in directory: String) async throws -> EmbeddedStorage {
    if let storage = opened[directory] { return storage }
    let storage = try await EmbeddedStorage.open(directory, role: role)
    opened[directory] = storage
    return storage
  }

  func close() async throws {
    let storages = opened.values
    opened = [:]
    for storage in storages { try await storage.close() }
  }
}
