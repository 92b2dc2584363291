import PoseCore

/// One kind of database for poses, with what the settings say of it. It names itself for the log, mail, health and
/// doctor.
protocol PoseDatabase: Sendable {
  /// Such as `MySQL`.
  static var name: String { get }
  /// How health calls it; nil for what is part of this program.
  static var healthKey: String? { get }
  /// What an archive holds of it, as a mail tells it.
  static var mailLine: String { get }

  /// Where it is, for a person, without secrets: `MySQL database poses on db:3306`.
  var place: String { get }
  /// The folder on this machine that it lies in; nil for what a server keeps.
  var folder: String? { get }
  /// Where the settings let others read what is secret, one line each.
  var exposures: [String] { get }

  /// Asks a database server nothing yet; see ``OpenPoses/upgrade``.
  ///
  /// Throws `configuration`, and `storageUnavailable` where a folder can't be used.
  func open(_ folders: DataFolders) async throws -> OpenPoses
}

/// Poses, and what else a pose database keeps.
struct OpenPoses: Sendable {
  let poses: any ArchivablePoses
  let trash: any TrashStore
  let erasures: any ErasureLedger
  let runs: any RunStore
  let imports: any ImportClaims
  let uploads: any UploadKeys
  let access: any AccessKeys
  let audit: any AuditTrail
  /// What is wrong in the database's own file; nil where a database server looks after that.
  var damage: (@Sendable () async throws -> [String])?
  /// Settings of a database server that weaken what is promised.
  var warnings: @Sendable () async throws -> [String] = { [] }
  /// Brings tables and indexes up to date; nothing else may be asked before.
  var upgrade: @Sendable () async throws -> Void = {}
  /// How many poses there are in tables that are not up to date, and may even be missing; nil where they are.
  var posesBeforeUpgrade: @Sendable () async throws -> Int? = { nil }
  var close: @Sendable () async throws -> Void = {}
}
