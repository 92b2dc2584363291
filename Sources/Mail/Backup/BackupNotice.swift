public import PoseCore

/// What a mail tells of a backup; the mail queue holds it as JSON.
public struct BackupNotice: Sendable, Hashable, Codable {
  public enum Outcome: Sendable, Hashable, Codable {
    case proven(BackupArchive)
    /// `lastProven` is the last archive that there is.
    case failed(reason: String, lastProven: BackupArchive?)
    /// What no run tells of, one line each.
    case alert(lines: [String], lastProven: BackupArchive?)
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
  /// The run that it tells of; nil for an alert, and in mails that an older version has written.
  public var run: Int?
  /// What is wrong with the backups beyond this run, one line each; nil in mails that an older version has written.
  public var beyond: [String]?

  public init(outcome: Outcome, date: Int64, zone: String, host: String, isEmbedded: Bool, run: Int? = nil) {
    self.outcome = outcome
    self.date = date
    self.zone = zone
    self.host = host
    self.isEmbedded = isEmbedded
    self.run = run
    identity = String(UInt128.random(in: .min ... .max), radix: 36)
  }

  /// The notice of a run that has ended; nil while it is running.
  public init?(_ run: BackupRun, lastProven: BackupArchive?, zone: String, isEmbedded: Bool) {
    let outcome: Outcome
    switch run.state {
    case .running: return nil
    case .proven(let archive, _): outcome = .proven(archive)
    case .failed(let message, _, _): outcome = .failed(reason: message, lastProven: lastProven)
    }
    self.init(
      outcome: outcome, date: run.moment, zone: zone, host: run.origin.host, isEmbedded: isEmbedded, run: run.id)
  }

  /// What the mail may carry, what is wanted most first: the archive only where it is not larger than `limit` bytes.
  func forms(limit: Int64) -> [Form] {
    switch outcome {
    case .proven(let archive): (archive.size <= limit ? [.archive] : []) + [.extract, .nothing]
    case .failed, .alert: [.nothing]
    }
  }

  enum Form: Sendable, Hashable {
    case archive
    /// A ZIP of manifest and dump alone.
    case extract
    case nothing
  }
}
