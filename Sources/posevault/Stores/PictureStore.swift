import PoseCore

/// One kind of store for pictures, with what the settings say of it. It names itself for the log, mail, health and
/// doctor.
protocol PictureStore: Sendable {
  /// Its name in the setting PICTURES.
  static var word: String { get }
  /// Such as `MongoDB`.
  static var name: String { get }
  /// How health calls it; nil for what is part of this program.
  static var healthKey: String? { get }
  /// What an archive holds of its list of pictures, as a mail tells it.
  static var mailLine: String { get }
  /// The settings that it can't do without.
  static var needs: [SettingKey] { get }

  init(_ form: inout SettingsForm)

  /// Where it is, for a person, without secrets: `MongoDB on db:27017/images`.
  var place: String { get }
  /// The folder on this machine that it lies in; nil for what a server keeps.
  var folder: String? { get }
  /// Where the settings let others read what is secret, one line each.
  var exposures: [String] { get }

  /// Asks a server nothing yet; see ``OpenPictures/upgrade``.
  ///
  /// Throws `configuration`, and `storageUnavailable` where a folder can't be used.
  func open(_ folders: DataFolders) async throws -> OpenPictures
}

/// An open picture store.
struct OpenPictures: Sendable {
  let images: any CompleteImageStore
  /// Settings of a server that weaken what is promised.
  var warnings: @Sendable () async throws -> [String] = { [] }
  /// Brings indexes up to date; nothing else may be asked before.
  var upgrade: @Sendable () async throws -> Void = {}
  var close: @Sendable () async throws -> Void = {}
}
