import Foundation
public import PoseCore

/// The content of a mail about a backup; the mail queue stores it as JSON.
public struct BackupNotice: Sendable, Hashable, Codable {
  public enum Outcome: Sendable, Hashable, Codable {
    case proven(BackupArchive)
    /// `lastProven` is the last existing archive.
    case failed(reason: String, lastProven: BackupArchive?)
    /// Problems outside of runs, one line each.
    case alert(lines: [String], lastProven: BackupArchive?)
    /// Stores that don't respond, so that the state of the backups is unknown: one line each.
    case unreachable(lines: [String])
  }

  public var outcome: Outcome
  /// The due time of a scheduled run, the start of any other, in seconds since 1970.
  public var date: Int64
  /// The time zone to write the date in, such as `Europe/Berlin`.
  public var zone: String
  /// The machine that made the run.
  public var host: String
  /// Whether only one server uses the stores, so that the archive is where it looks, whatever the machine's name.
  public var isForOneServer: Bool
  /// The archive's contents, one line each.
  public var contents: [String]
  /// For the mail's Message-ID.
  public var identity: String
  /// The run it reports; nil for an alert, and in mails written by an older version.
  public var run: Int?
  /// What is wrong with the backups beyond this run, one line each; nil in mails written by an older version.
  public var beyond: [String]?

  /// What all notices of one installation have in common.
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

  /// What may be attached to the mail, in order of preference: the archive only if it is not larger than `limit` bytes.
  func forms(limit: Int64) -> [Form] {
    switch outcome {
    case .proven(let archive): (archive.size <= limit ? [.archive] : []) + [.extract, .nothing]
    case .failed, .alert, .unreachable: [.nothing]
    }
  }

  enum Form: Sendable, Hashable {
    case archive
    /// A ZIP of only manifest and dump.
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

extension BackupNotice {
  var subject: String {
    switch outcome {
    case .proven(let archive) where archive.isInDoubt || hasTroublesBeyond: "Daily DB Backup IN DOUBT - \(time.day)"
    case .alert, .unreachable: "Daily DB Backup IN DOUBT - \(time.day)"
    case .proven: "Daily DB Backup - \(time.day)"
    case .failed: "Daily DB Backup FAILED - \(time.day)"
    }
  }

  /// The text of a mail with `form` attached. People filter on its words, so they do not change.
  func text(_ form: Form) -> String {
    let paragraphs =
      switch outcome {
      case .proven(let archive): proven(archive, form)
      case .failed(let reason, let lastProven): failed(reason, lastProven)
      case .alert(let lines, let lastProven): alert(lines, lastProven)
      case .unreachable(let lines): unreachable(lines)
      }
    return (["Hello,"] + paragraphs + ["Best regards,\nAutomated Backup System\n"]).joined(separator: "\n\n")
  }

  private var hasTroublesBeyond: Bool { beyond?.isEmpty == false }

  private var time: LocalTime { LocalTime(date, zone: zone) }

  private func proven(_ archive: BackupArchive, _ form: Form) -> [String] {
    beginning(archive) + [
      """
      Backup Details:
      - Date: \(time.longDay)
      - Time: \(time.clock)
      - File: \(archive.fileName)
      - Size: \(ByteSize.text(archive.size))
      """,
      """
      The backup includes:
      \(contents.map { "✓ \($0)" }.joined(separator: "\n"))
      \(images(archive))
      """,
      "Verification: \(verification(archive))",
    ] + warnings(archive) + audit(archive) + whereabouts(archive, form)
  }

  private func beginning(_ archive: BackupArchive) -> [String] {
    guard archive.isInDoubt else {
      guard hasTroublesBeyond else { return ["Your daily database backup has been completed successfully."] }
      return ["An archive was made and verified, but your daily database backup is IN DOUBT:", list(beyond ?? [])]
    }
    let command = run.map { "`posevault backup accept \($0)`, or the button on the page Backups" } ?? "the page Backups"
    return [
      "Your daily database backup is IN DOUBT. An archive was made and verified, but it may be incomplete:",
      list(archive.doubts + (beyond ?? [])),
      "No older backup is removed until this is fixed or accepted: \(command).",
    ]
  }

  private func list(_ lines: [String]) -> String { lines.map { "- \($0)" }.joined(separator: "\n") }

  /// All images are stored only if none is missing and none is in doubt.
  private func images(_ archive: BackupArchive) -> String {
    let counts = archive.counts
    guard archive.losses > 0 || archive.isInDoubt else { return "✓ All stored images" }
    var parts = ["\(Count.text(counts.pictures, "stored image"))"]
    if counts.damagedPictures > 0 { parts.append("\(counts.damagedPictures) of them DAMAGED") }
    if counts.lostPictures > 0 { parts.append("\(counts.lostPictures) LOST") }
    return "✗ " + parts.joined(separator: ", ")
  }

  private func verification(_ archive: BackupArchive) -> String {
    let counts = archive.counts
    var verdict =
      switch archive.verdict {
      case .proven, .provenWithWarnings: archive.verdict.rawValue
      case .inDoubt: "proven, but IN DOUBT; older backups are kept"
      case .shrunk:
        "proven, but SHRUNK to less than half of the best backup that is kept, or empty; older backups are kept"
      }
    if counts.damagedPictures > 0 { verdict += ", \(Count.text(counts.damagedPictures, "picture")) damaged" }
    if counts.lostPictures > 0 { verdict += ", \(Count.text(counts.lostPictures, "picture")) lost" }
    let poses = Count.text(counts.poses, "pose")
    let pictures = Count.text(counts.pictures, "picture")
    guard archive.repository == nil else {
      return "\(verdict) (\(poses) restored and compared; \(pictures) in the repository, the new ones read again)"
    }
    return "\(verdict) (\(poses) and \(pictures) restored and compared)"
  }

  private func warnings(_ archive: BackupArchive) -> [String] {
    guard !archive.warnings.isEmpty else { return [] }
    return ["Warnings:\n" + list(archive.warnings)]
  }

  /// Lets whoever keeps the mail detect whether the audit trail has been rewritten since.
  private func audit(_ archive: BackupArchive) -> [String] {
    guard !archive.audit.isEmpty else { return [] }
    let lines = archive.audit.map { "\($0.server): entry \($0.number), \($0.hash)" }
    return ["Audit trail (`posevault doctor --audit-head HASH` compares):\n" + list(lines)]
  }

  private func whereabouts(_ archive: BackupArchive, _ form: Form) -> [String] {
    if form == .archive {
      let pictures = archive.repository.map {
        " It contains no pictures: they are in the packs of the repository \($0) on \(host)."
      }
      return ["Please find the backup file attached to this email." + (pictures ?? "")]
    }
    let attached =
      form == .extract ? ["Only its manifest and database dump are attached, without the pictures."] : []
    return [
      """
      The backup file could not be attached to this email. It lies here:
      - Host: \(host)
      - Path: \(archive.path)
      - Size: \(archive.size) bytes
      - SHA-256: \(archive.sha256)
      """
    ] + attached
  }

  private func alert(_ lines: [String], _ lastProven: BackupArchive?) -> [String] {
    [
      "There is a problem with your daily database backup:",
      list(lines),
      """
      Details:
      - Date: \(time.longDay)
      - Time: \(time.clock)
      - Host: \(host)
      """,
      last(lastProven),
    ]
  }

  private func unreachable(_ lines: [String]) -> [String] {
    [
      "The stores of your poses and pictures can't be used. Until they can, uploads are refused and no backup is made:",
      list(lines),
      """
      Details:
      - Date: \(time.longDay)
      - Time: \(time.clock)
      - Host: \(host)
      """,
    ]
  }

  private func last(_ lastProven: BackupArchive?) -> String {
    lastProven.map { "The last proven backup is \($0.fileName) (\(ByteSize.text($0.size)))." }
      ?? "There is no proven backup at all."
  }

  private func failed(_ reason: String, _ lastProven: BackupArchive?) -> [String] {
    [
      "Your daily database backup has FAILED. There is no new backup.",
      """
      Details:
      - Date: \(time.longDay)
      - Time: \(time.clock)
      - Host: \(host)
      - Reason: \(reason)
      """,
      last(lastProven),
    ]
  }
}

extension BackupNotice {
  /// The mail for the queue, to be sent by the host that has the archive. Embedded storage is on one machine, whose
  /// name may change.
  public func mail(dueAt: Int64) throws -> NewMail {
    let content = String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
    if case .proven = outcome, !isForOneServer { return NewMail(host: host, content: content, dueAt: dueAt) }
    return NewMail(host: nil, content: content, dueAt: dueAt)
  }

  init(_ mail: NewMail) throws {
    do {
      self = try JSONDecoder().decode(BackupNotice.self, from: Data(mail.content.utf8))
    } catch {
      throw PoseVaultError(.internal, "A mail in the queue can't be read; another version wrote it.", cause: error)
    }
  }
}
