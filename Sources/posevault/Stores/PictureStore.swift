import PoseCore

/// One kind of picture store, with its settings. It names itself for the log, mail, health and doctor.
protocol PictureStore: Sendable {
  /// Its name in the setting PICTURES.
  static var word: String { get }
  /// Such as `MongoDB`.
  static var name: String { get }
  /// Its name in health; nil if it is part of this program.
  static var healthKey: String? { get }
  /// How a mail describes its list of pictures in an archive.
  static var mailLine: String { get }
  /// The settings that it requires.
  static var needs: [SettingKey] { get }

  init(_ form: inout SettingsForm)

  /// Where it is, for a person, without secrets: `MongoDB on db:27017/images`.
  var place: String { get }
  /// Its folder on this machine; nil if a server stores it.
  var folder: String? { get }
  /// Settings that expose secrets, one line each.
  var exposures: [String] { get }

  /// Does not contact a server yet; see ``OpenPictures/upgrade``.
  ///
  /// Throws `configuration`, and `storageUnavailable` if a folder can't be used.
  func open(_ folders: DataFolders) async throws -> OpenPictures
}

/// An open picture store.
struct OpenPictures: Sendable {
  let images: any CompleteImageStore
  /// Settings of a server that weaken the guarantees.
  var warnings: @Sendable () async throws -> [String] = { [] }
  /// Brings indexes up to date; nothing else may be requested before.
  var upgrade: @Sendable () async throws -> Void = {}
  var close: @Sendable () async throws -> Void = {}
}
