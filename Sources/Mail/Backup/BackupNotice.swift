public import PoseCore

/// What a mail tells of a backup; the mail queue holds it as JSON.
public struct BackupNotice: Sendable, Hashable, Codable {
  public enum Outcome: Sendable, Hashable, Codable {
    case proven(BackupArchive)
    /// `lastProven` is the last archive that there is.
    case failed(reason: String, lastProven: BackupArchive?)
    /// What no run tells of, one line each.
    case alert(lines: [String], lastProven: BackupArchive?)
    /// Stores that don't answer, and with them what is known of the backups: one line each.
    case unreachable(lines: [String])
  }

  public var outcome: Outcome
  /// The due time of a scheduled run, the start of any other, in seconds since 1970.
  public var date: Int64
  /// The time zone to write the date in, such as `Europe/Berlin`.
  public var zone: String
  /// The machine that the run was on.
  public var host: String
  /// Whether only one server uses the stores, so that the archive is where it looks, whatever the machine's name.
  public var isForOneServer: Bool
  /// What the archive holds of the stores, one line each.
  public var contents: [String]
  /// Makes the mail's Message-ID.
  public var identity: String
  /// The run that it tells of; nil for an alert, and in mails that an older version has written.
  public var run: Int?
  /// What is wrong with the backups beyond this run, one line each; nil in mails that an older version has written.
  public var beyond: [String]?

  /// What is the same in all notices of one installation.
  public struct Place: Sendable, Hashable {
    public var zone: String
    public var isForOneServer: Bool
    public var contents: [String]

    public init(zone: String, isForOneServer: Bool, contents: [String]) {
      self.zone = zone
      self.isForOneServer = isForOneServer
      self.contents = contents
    }
  }

  public init(_ outcome: Outcome, date: Int64, host: String, of place: Place, run: Int? = nil) {
    self.outcome = outcome
    self.date = date
    zone = place.zone
    self.host = host
    isForOneServer = place.isForOneServer
    contents = place.contents
    self.run = run
    identity = String(UInt128.random(in: .min ... .max), radix: 36)
  }

  /// The notice of a run that has ended; nil while it is running.
  public init?(_ run: BackupRun, lastProven: BackupArchive?, of place: Place) {
    let outcome: Outcome
    switch run.state {
    case .running: return nil
    case .proven(let archive, _): outcome = .proven(archive)
    case .failed(let message, _, _): outcome = .failed(reason: message, lastProven: lastProven)
    }
    self.init(outcome, date: run.moment, host: run.origin.host, of: place, run: run.id)
  }

  /// What the mail may carry, what is wanted most first: the archive only where it is not larger than `limit` bytes.
  func forms(limit: Int64) -> [Form] {
    switch outcome {
    case .proven(let archive): (archive.size <= limit ? [.archive] : []) + [.extract, .nothing]
    case .failed, .alert, .unreachable: [.nothing]
    }
  }

  enum Form: Sendable, Hashable {
    case archive
    /// A ZIP of manifest and dump alone.
    case extract
    case nothing
  }
}

extension BackupNotice {
  private enum CodingKeys: String, CodingKey {
    case outcome, date, zone, host, identity, run, beyond, contents
    case isForOneServer = "isEmbedded"
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    outcome = try fields.decode(Outcome.self, forKey: .outcome)
    date = try fields.decode(Int64.self, forKey: .date)
    zone = try fields.decode(String.self, forKey: .zone)
    host = try fields.decode(String.self, forKey: .host)
    isForOneServer = try fields.decode(Bool.self, forKey: .isForOneServer)
    identity = try fields.decode(String.self, forKey: .identity)
    run = try fields.decodeIfPresent(Int.self, forKey: .run)
    beyond = try fields.decodeIfPresent([String].self, forKey: .beyond)
    // a mail that an older version has written is of two databases, or of one folder
    contents =
      try fields.decodeIfPresent([String].self, forKey: .contents)
      ?? (isForOneServer
        ? ["Embedded database, as a MySQL dump", "Embedded picture list, as a MongoDB collections export"]
        : ["MySQL database dump", "MongoDB collections export"])
  }
}
