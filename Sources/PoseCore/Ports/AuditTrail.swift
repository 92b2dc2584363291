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

  /// Removes sealed entries older than `time`, in seconds since 1970; the chains remember where they begin. Returns how
  /// many were removed.
  func removeEntries(before time: Int64) async throws -> Int
}

public enum AuditLimits {
  /// How many entries are sealed in one transaction.
  public static let sealedAtOnce = 500
}
