import PoseCore

/// One kind of pose database, with its settings. It names itself for the log, mail, health and doctor.
protocol PoseDatabase: Sendable {
  /// Such as `MySQL`.
  static var name: String { get }
  /// Its name in health; nil if it is part of this program.
  static var healthKey: String? { get }
  /// How a mail describes it in an archive.
  static var mailLine: String { get }

  /// Where it is, for a person, without secrets: `MySQL database poses on db:3306`.
  var place: String { get }
  /// Its folder on this machine; nil if a server stores it.
  var folder: String? { get }
  /// Settings that expose secrets, one line each.
  var exposures: [String] { get }

  /// Does not contact a database server yet; see ``OpenPoses/upgrade``.
  ///
  /// Throws `configuration`, and `storageUnavailable` if a folder can't be used.
  func open(_ folders: DataFolders) async throws -> OpenPoses
}

/// Poses, and what else a pose database contains.
struct OpenPoses: Sendable {
  let poses: any ArchivablePoses
  let trash: any TrashStore
  let erasures: any ErasureLedger
  let runs: any RunStore
  let imports: any ImportClaims
  let uploads: any UploadKeys
  let access: any AccessKeys
  let audit: any AuditTrail
  /// What is wrong in the database's own file; nil if a database server takes care of that.
  var damage: (@Sendable () async throws -> [String])?
  /// Settings of a database server that weaken the guarantees.
  var warnings: @Sendable () async throws -> [String] = { [] }
  /// Brings tables and indexes up to date; nothing else may be requested before.
  var upgrade: @Sendable () async throws -> Void = {}
  /// The number of poses in tables that are outdated or even missing; nil if they are up to date.
  var posesBeforeUpgrade: @Sendable () async throws -> Int? = { nil }
  var close: @Sendable () async throws -> Void = {}
}
