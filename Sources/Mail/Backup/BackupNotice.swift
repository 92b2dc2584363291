public import PoseCore

/// What a mail tells of a backup; the mail queue holds it as JSON.
public struct BackupNotice: Sendable, Hashable, Codable {
  public enum Outcome: Sendable, Hashable, Codable {
    case proven(BackupArchive)
    /// `lastProven` is the last archive that there is.
    case failed(reason: String, lastProven: BackupArchive?)
  }

  public var outcome: Outcome
  /// The due time of a scheduled run, the start of any other, in seconds since 1970.
  public var date: Int64
  /// The time zone to write the date in, such as `Europe/Berlin`.
  public var zone: String
  /// The machine that the run was on.
  public var host: String
  /// Whether the archive is of the embedded storage, instead of MySQL and MongoDB.
  public var isEmbedded: Bool
  /// Makes the mail's Message-ID.
  public var identity: String

  public init(outcome: Outcome, date: Int64, zone: String, host: String, isEmbedded: Bool) {
    self.outcome = outcome
    self.date = date
    self.zone = zone
    self.host = host
    self.isEmbedded = isEmbedded
    identity = String(UInt128.random(in: .min ... .max), radix: 36)
  }

  /// The notice of a run that has ended in `state`; nil while it is running.
  public init?(
    _ origin: BackupOrigin, _ state: BackupRun.State, lastProven: BackupArchive?, zone: String, isEmbedded: Bool
  ) {
    let outcome: Outcome
    switch state {
    case .running: return nil
    case .proven(let archive, _): outcome = .proven(archive)
    case .failed(let message, _, _): outcome = .failed(reason: message, lastProven: lastProven)
    }
    self.init(
      outcome: outcome, date: origin.claim?.dueAt ?? origin.startedAt, zone: zone, host: origin.host,
      isEmbedded: isEmbedded)
  }

  /// What the mail may carry, what is wanted most first: the archive only where it is not larger than `limit` bytes.
  func forms(limit: Int64) -> [Form] {
    switch outcome {
    case .proven(let archive): (archive.size <= limit ? [.archive] : []) + [.extract, .nothing]
    case .failed: [.nothing]
    }
  }

  enum Form: Sendable, Hashable {
    case archive
    /// A ZIP of manifest and dump alone.
    case extract
    case nothing
  }
}
