#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One backup run, in progress or ended.
public struct BackupRun: Sendable, Hashable {
  public enum State: Sendable, Hashable {
    case running
    /// The archive was restored and compared.
    case proven(BackupArchive, at: Int64)
    /// `isRepeated` if the run did not fail by itself (it was silent or killed, told to stop, could not begin, or a
    /// store was down): the schedule repeats it, and the next clean-up reports it.
    case failed(message: String, isRepeated: Bool, at: Int64)
  }

  /// Assigned by the storage, ascending, never reused.
  public var id: Int
  public var origin: BackupOrigin
  /// When the run last reported that it is alive, in seconds since 1970.
  public var heartbeatAt: Int64
  /// The run's current or last phase, such as "pictures".
  public var phase: String
  /// 0…1, the progress of the whole run.
  public var progress: Double
  public var state: State

  public init(
    id: Int, origin: BackupOrigin, heartbeatAt: Int64, phase: String, progress: Double, state: State
  ) {
    self.id = id
    self.origin = origin
    self.heartbeatAt = heartbeatAt
    self.phase = phase
    self.progress = progress
    self.state = state
  }

  /// nil unless it is proven.
  public var archive: BackupArchive? {
    guard case .proven(let archive, _) = state else { return nil }
    return archive
  }

  /// In seconds since 1970; nil while it is in progress.
  public var finishedAt: Int64? {
    switch state {
    case .running: nil
    case .proven(_, let time), .failed(_, _, let time): time
    }
  }

  /// Why it failed, for a person.
  public var failure: String? {
    guard case .failed(let message, _, _) = state else { return nil }
    return message
  }

  /// The moment that its archive represents: when it was due, or when somebody requested it, in seconds since 1970.
  public var moment: Int64 { origin.claim?.dueAt ?? origin.startedAt }

  /// A running run counts as failed after this many seconds without a heartbeat.
  public static let silenceLimit: Int64 = 600

  /// Whether the run is still marked as running, but counts as failed at `now`, in seconds since 1970.
  ///
  /// A heartbeat equally far in the future comes from a clock that was wrong, and must not block backups until then.
  public func isSilent(at now: Int64) -> Bool {
    state == .running && (now - heartbeatAt).magnitude >= Self.silenceLimit
  }

  /// The run, ended at `now` because it was silent.
  public func abandoned(at now: Int64) -> BackupRun {
    var run = self
    run.state = .failed(
      message: "The run sent no heartbeat for ten minutes: process \(origin.pid) on \(origin.host) has ended, or "
        + "hangs.",
      isRepeated: true, at: now)
    return run
  }
}

/// Where, when and why a run began.
public struct BackupOrigin: Sendable, Hashable {
  /// The machine's own name; the archive is there.
  public var host: String
  /// ``takenOn`` if no process of this database made the archive.
  public var pid: Int
  /// In seconds since 1970.
  public var startedAt: Int64
  /// nil for a run that somebody requested.
  public var claim: ScheduleClaim?

  public init(host: String, pid: Int, startedAt: Int64, claim: ScheduleClaim?) {
    self.host = host
    self.pid = pid
    self.startedAt = startedAt
    self.claim = claim
  }

  /// In place of a process: the archive was recorded by another database, and adopted.
  public static let takenOn = 0
}

/// The right to make the run that the schedule asks for at a given time; no two runs of one storage ever hold the same.
public struct ScheduleClaim: Sendable, Hashable {
  /// The due time in seconds since 1970.
  public var dueAt: Int64
  /// 1, and one more each time that the previous run was abandoned and is repeated.
  public var attempt: Int

  public init(dueAt: Int64, attempt: Int) {
    self.dueAt = dueAt
    self.attempt = attempt
  }
}

/// The archive of a proven run.
public struct BackupArchive: Sendable, Hashable {
  /// The file's absolute path on the run's host.
  public var path: String
  /// In bytes.
  public var size: Int64
  /// 64 hexadecimal digits in lower case.
  public var sha256: String
  public var counts: BackupCounts
  /// No rows, or less than half of the poses, pictures or pictures' bytes of the best archive that is kept.
  public var isShrunk: Bool
  /// For a person, one line each.
  public var warnings: [String]
  /// The ids of pictures that rows refer to but that are gone; only the first ones if there are very many.
  public var lost: [String]
  /// The ids of pictures that differ from what was uploaded; only the first ones if there are very many.
  public var damaged: [String]
  /// Those of ``damaged`` that no pose refers to, as far as known.
  public var unnamed: [String]
  /// Pictures that poses name, lost ones included; nil where that is not known.
  public var namedPictures: Int?
  /// The packs of its repository that are missing or damaged, and that runs name which are kept: `packs/ab/ab….tar`.
  public var damagedPacks: [String]
  /// Why this archive may be incomplete, for a person, one line each; empty for a good one.
  public var doubts: [String]
  /// When somebody accepted that it is incomplete, in seconds since 1970.
  public var acceptedAt: Int64?
  /// Whether that was accepted for an earlier archive with the same losses.
  public var isAcceptanceCarried: Bool
  /// Those of ``lost`` and ``damaged`` that nobody had accepted when it was made; nil in archives of an older version.
  public var newLosses: [String]?
  /// The newest entries of the audit trail when the run began; only the first ones if there are very many servers.
  public var audit: [AuditHead]

  public init(
    path: String, size: Int64, sha256: String, counts: BackupCounts, isShrunk: Bool, warnings: [String],
    lost: [String] = [], damaged: [String] = [], unnamed: [String] = [], namedPictures: Int? = nil,
    damagedPacks: [String] = [], doubts: [String] = [],
    acceptedAt: Int64? = nil, isAcceptanceCarried: Bool = false, newLosses: [String]? = nil, audit: [AuditHead] = []
  ) {
    self.path = path
    self.size = size
    self.sha256 = sha256
    self.counts = counts
    self.isShrunk = isShrunk
    self.warnings = warnings
    self.lost = lost
    self.damaged = damaged
    self.unnamed = unnamed
    self.namedPictures = namedPictures
    self.damagedPacks = damagedPacks
    self.doubts = doubts
    self.acceptedAt = acceptedAt
    self.isAcceptanceCarried = isAcceptanceCarried
    self.newLosses = newLosses
    self.audit = audit
  }

  /// How far a proven archive can be trusted; the raw value is the one in JSON.
  public enum Verdict: String, Sendable, Hashable {
    case proven
    case provenWithWarnings = "proven with warnings"
    /// A person has to look at it, and has not yet accepted it.
    case inDoubt = "in doubt"
    /// ``isShrunk``.
    case shrunk
  }

  public var verdict: Verdict {
    if isShrunk { return .shrunk }
    if isInDoubt { return .inDoubt }
    return warnings.isEmpty ? .proven : .provenWithWarnings
  }

  /// Whether it is proven, but a person has to look at it.
  public var isInDoubt: Bool { !doubts.isEmpty && acceptedAt == nil }

  /// Pictures that are missing from it, or incomplete.
  public var losses: Int { counts.lostPictures + counts.damagedPictures }

  /// The ids of those that nobody has accepted; only the first ones if there are very many.
  public var openLosses: [String] {
    guard acceptedAt == nil || isAcceptanceCarried else { return [] }
    return newLosses ?? lost + damaged
  }

  /// Notes that a person says what it lacks may be missing; nothing where one has said so of all of it.
  ///
  /// - Parameter now: in seconds since 1970.
  /// - Returns: whether anything changed.
  public mutating func accept(at now: Int64) -> Bool {
    guard acceptedAt == nil || !openLosses.isEmpty else { return false }
    acceptedAt = now
    isAcceptanceCarried = false
    return true
  }

  public var fileName: String { path.unicodeScalars.split(separator: "/").last.map { String($0) } ?? path }

  /// The repository whose packs contain the pictures; nil if the archive itself does. Derived from its path.
  public var repository: String? {
    let name = fileName
    let time = name.dropLast(4)
    guard name.hasSuffix(".zip"), time.count == 16, time.hasSuffix("Z"), time.dropFirst(8).first == "T",
      time.count(where: \.isNumber) == 14
    else { return nil }
    let folder = path.dropLast(name.count)
    guard folder.hasSuffix("/runs/"), folder.count > 6 else { return nil }
    return String(folder.dropLast(6))
  }
}

/// An archive's contents.
public struct BackupCounts: Sendable, Hashable {
  /// Rows of poses.
  public var poses: Int
  public var pictures: Int
  /// Pictures that rows refer to, but that are lost.
  public var lostPictures: Int
  /// Pictures that were deleted with their rows during the run.
  public var leftOut: Int
  /// Pictures in the archive that differ from what was uploaded.
  public var damagedPictures: Int
  /// Pictures of this database, older than a day, that neither a row nor a pose in the trash refers to.
  public var unreferencedPictures: Int
  /// Pictures that only poses in the trash refer to.
  public var trashedPictures: Int
  /// Of all pictures.
  public var pictureBytes: Int64

  public init(
    poses: Int, pictures: Int, lostPictures: Int, leftOut: Int, damagedPictures: Int = 0,
    unreferencedPictures: Int = 0, trashedPictures: Int = 0, pictureBytes: Int64 = 0
  ) {
    self.poses = poses
    self.pictures = pictures
    self.lostPictures = lostPictures
    self.leftOut = leftOut
    self.damagedPictures = damagedPictures
    self.unreferencedPictures = unreferencedPictures
    self.trashedPictures = trashedPictures
    self.pictureBytes = pictureBytes
  }
}

/// Both are stored as JSON in the mail queue, where an older version may have written them with fewer fields.
extension BackupArchive: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      path: try fields.decode(String.self, forKey: .path), size: try fields.decode(Int64.self, forKey: .size),
      sha256: try fields.decode(String.self, forKey: .sha256),
      counts: try fields.decode(BackupCounts.self, forKey: .counts),
      isShrunk: try fields.decode(Bool.self, forKey: .isShrunk),
      warnings: try fields.decode([String].self, forKey: .warnings),
      lost: try fields.decodeIfPresent([String].self, forKey: .lost) ?? [],
      damaged: try fields.decodeIfPresent([String].self, forKey: .damaged) ?? [],
      unnamed: try fields.decodeIfPresent([String].self, forKey: .unnamed) ?? [],
      namedPictures: try fields.decodeIfPresent(Int.self, forKey: .namedPictures),
      damagedPacks: try fields.decodeIfPresent([String].self, forKey: .damagedPacks) ?? [],
      doubts: try fields.decodeIfPresent([String].self, forKey: .doubts) ?? [],
      acceptedAt: try fields.decodeIfPresent(Int64.self, forKey: .acceptedAt),
      isAcceptanceCarried: try fields.decodeIfPresent(Bool.self, forKey: .isAcceptanceCarried) ?? false,
      newLosses: try fields.decodeIfPresent([String].self, forKey: .newLosses),
      audit: try fields.decodeIfPresent([AuditHead].self, forKey: .audit) ?? [])
  }
}

extension BackupCounts: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      poses: try fields.decode(Int.self, forKey: .poses), pictures: try fields.decode(Int.self, forKey: .pictures),
      lostPictures: try fields.decode(Int.self, forKey: .lostPictures),
      leftOut: try fields.decode(Int.self, forKey: .leftOut),
      damagedPictures: try fields.decodeIfPresent(Int.self, forKey: .damagedPictures) ?? 0,
      unreferencedPictures: try fields.decodeIfPresent(Int.self, forKey: .unreferencedPictures) ?? 0,
      trashedPictures: try fields.decodeIfPresent(Int.self, forKey: .trashedPictures) ?? 0,
      pictureBytes: try fields.decodeIfPresent(Int64.self, forKey: .pictureBytes) ?? 0)
  }
}

/// What a storage keeps of an archive besides the columns of its table of runs, as JSON in one of them.
public struct BackupArchiveDetails: Sendable, Hashable, Codable {
  public var damagedPictures: Int
  public var unreferencedPictures: Int
  /// nil in rows of an older version.
  public var trashedPictures: Int?
  public var pictureBytes: Int64
  public var lost: [String]
  public var damaged: [String]
  /// nil in rows of an older version.
  public var damagedPacks: [String]?
  public var doubts: [String]
  /// nil in rows of an older version, like the next one.
  public var isAcceptanceCarried: Bool?
  public var newLosses: [String]?
  /// nil in rows of an older version.
  public var audit: [AuditHead]?

  public init(_ archive: BackupArchive) {
    damagedPictures = archive.counts.damagedPictures
    unreferencedPictures = archive.counts.unreferencedPictures
    trashedPictures = archive.counts.trashedPictures
    pictureBytes = archive.counts.pictureBytes
    lost = archive.lost
    damaged = archive.damaged
    damagedPacks = archive.damagedPacks
    doubts = archive.doubts
    isAcceptanceCarried = archive.isAcceptanceCarried
    newLosses = archive.newLosses
    audit = archive.audit
  }

  public init(json: String) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
  }

  public func json() throws -> String {
    String(decoding: try JSONEncoder().encode(self), as: UTF8.self)
  }
}

extension BackupArchive {
  /// Adds what a storage keeps separately; nil in rows of an older version.
  public mutating func add(_ details: BackupArchiveDetails?) {
    guard let details else { return }
    counts.damagedPictures = details.damagedPictures
    counts.unreferencedPictures = details.unreferencedPictures
    counts.trashedPictures = details.trashedPictures ?? 0
    counts.pictureBytes = details.pictureBytes
    lost = details.lost
    damaged = details.damaged
    damagedPacks = details.damagedPacks ?? []
    doubts = details.doubts
    isAcceptanceCarried = details.isAcceptanceCarried ?? false
    newLosses = details.newLosses
    audit = details.audit ?? []
  }
}

/// The response to a run that wants to begin.
public enum BackupAdmission: Sendable, Hashable {
  case begun(BackupRun)
  /// Another run is in progress.
  case running(BackupRun)
  /// Another run has had the same claim.
  case claimed(BackupRun)
  case restoring(RestoreMark)
}
