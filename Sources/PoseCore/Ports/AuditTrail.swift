/// Who did what. It lies in the pose database; entries are only ever added, sealed, and removed by their age.
///
/// Each server seals its own entries: numbers them and chains them by hashes, so that one that is changed, cut out or
/// added later shows. That comes after the change's transaction, within a second, so that changes need not wait for one
/// another.
///
/// Errors are those of ``PoseRepository``; what a call changed is durable when it returns.
public protocol AuditTrail: Sendable {
  func append(_ entries: [AuditEntry]) async throws

  /// Seals the oldest entries of a server that are not sealed yet, ``AuditLimits/sealedAtOnce`` at most; returns how many
  /// it was. Of several callers at once, one after the other does.
  ///
  /// - Parameter hash: SHA-256 in hexadecimal digits of ``AuditLine/sealedContent(number:after:)``.
  func seal(_ server: String, _ hash: @escaping @Sendable ([UInt8]) -> String) async throws -> Int

  /// By ascending name.
  func chains() async throws -> [AuditChain]

  /// Those that `filter` lets through and whose id is less than `before`, by descending id.
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

public enum AuditLimits {
  /// Entries that are sealed in one transaction.
  public static let sealedAtOnce = 500
}
