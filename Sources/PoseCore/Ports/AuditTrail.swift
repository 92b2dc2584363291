/// Who did what. Stored in the pose database; entries are only ever added, sealed, and removed because of their age.
///
/// Each server seals its own entries: it numbers them and chains them by hashes, so that an entry that is changed,
/// removed or added later is detected. This happens after the change's transaction, within a second, so that changes
/// need not wait for each other.
///
/// Errors are those of ``PoseRepository``; what a call changed is durable when it returns.
public protocol AuditTrail: Sendable {
  func append(_ entries: [AuditEntry]) async throws

  /// Seals the oldest unsealed entries of a server, at most ``AuditLimits/sealedAtOnce``; returns how many.
  /// Simultaneous callers take turns.
  ///
  /// - Parameter hash: SHA-256 in hexadecimal digits of ``AuditLine/sealedContent(number:after:)``.
  func seal(_ server: String, _ hash: @escaping @Sendable ([UInt8]) -> String) async throws -> Int

  /// By ascending name.
  func chains() async throws -> [AuditChain]

  /// Those that match `filter` and whose id is less than `before`, by descending id.
  func entries(of filter: AuditFilter, before: Int?, limit: Int) async throws -> [AuditLine]

  /// A chain's entries whose number is greater than `number`, by ascending number.
  func sealed(of server: String, after number: Int, limit: Int) async throws -> [AuditLine]

  /// Every server of whose entries there is one, sealed or not, by ascending name.
  func servers() async throws -> [String]

  /// How many of a server's entries bear a number up to `number`, however small.
  func countSealed(of server: String, through number: Int) async throws -> Int

  /// Removes what is sealed and older than `time`, in seconds since 1970, but for the newest of a chain's old entries: the
  /// chains remember where they begin, and that one proves that nothing younger is missing there. Returns how many it was.
  func removeEntries(before time: Int64) async throws -> Int
}

/// A trail that a restore brings back out of an archive. Its rows are then stored as those of other tables are.
public protocol RestorableTrail: AuditTrail {
  /// Begins the archive's chains, and makes room for its entries. What the storage has noted itself stays, behind them:
  /// such entries lose their seals, and are sealed anew as the chains go on.
  ///
  /// - Parameters:
  ///   - chains: the archive's.
  ///   - id: the greatest of its entries.
  ///   - servers: those whose chain here is a part of the archive's: their sealed entries come back with that.
  func makeRoom(for chains: [AuditChain], upTo id: Int, replacing servers: Set<String>) async throws

  /// Removes the entries for which room was made, and the chains; what is left is sealed anew.
  func removeRestored(upTo id: Int) async throws
}

public enum AuditLimits {
  /// How many entries are sealed in one transaction.
  public static let sealedAtOnce = 500
}
