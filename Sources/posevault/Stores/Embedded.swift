import EmbeddedStorage
import PoseCore

/// Poses in SQLite, in the data folder.
struct SQLitePoses: PoseDatabase {
  static let name = "SQLite"
  static let healthKey: String? = nil
  static let mailLine = "Embedded database, as a MySQL dump"

  /// An absolute path.
  let directory: String

  var place: String { "SQLite in \(directory)" }
  var folder: String? { directory }
  var exposures: [String] { [] }

  init(_ form: SettingsForm) {
    directory = form.dataFolder
  }

  func open(_ folders: DataFolders) async throws -> OpenPoses {
    let storage = try await folders.storage(in: directory)
    return OpenPoses(
      poses: storage.poses, trash: storage.trash, erasures: storage.erasures, runs: storage.runs,
      imports: storage.imports, uploads: storage.uploads, access: storage.access, audit: storage.audit,
      damage: storage.damage)
  }
}

/// Pictures in files, in the data folder, listed in an SQLite database next to them.
struct FilePictures: PictureStore {
  static let word = "files"
  static let name = "files"
  static let healthKey: String? = nil
  static let mailLine = "Embedded picture list, as a MongoDB collections export"
  static let needs: [SettingKey] = []

  /// An absolute path.
  let directory: String

  var place: String { "files in \(directory)" }
  var folder: String? { directory }
  var exposures: [String] { [] }

  init(_ form: inout SettingsForm) {
    directory = form.dataFolder
  }

  func open(_ folders: DataFolders) async throws -> OpenPictures {
    OpenPictures(images: try await folders.storage(in: directory).images)
  }
}

extension SettingsForm {
  fileprivate var dataFolder: String {
    Path.absolute(text(.dataDirectory) ?? "data", in: Path.workingDirectory)
  }
}
