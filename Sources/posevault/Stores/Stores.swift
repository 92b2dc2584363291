import PoseCore

/// Where poses and pictures are stored.
///
/// A new kind of picture store is a type of its own, a line here, and StorageContract.
struct Stores: Sendable {
  static let pictureStores: [any PictureStore.Type] = [
    FilePictures.self, GridFSPictures.self, S3Pictures.self,
  ]

  var poses: any PoseDatabase
  var pictures: any PictureStore

  /// Where they are, on one line for a person, without user names and passwords.
  var summary: String {
    if let folder { return "poses and pictures in \(folder)" }
    return "poses in \(poses.place), pictures in \(pictures.place)"
  }

  /// The folder that contains both; nil if they are separate.
  var folder: String? {
    guard let folder = poses.folder, folder == pictures.folder else { return nil }
    return folder
  }

  /// The folder whose disk fills up with pictures; nil if they go elsewhere.
  var filledFolder: String? { pictures.folder ?? poses.folder }

  /// Whether only one server may use them: a folder belongs to one server.
  var isForOneServer: Bool { poses.folder != nil || pictures.folder != nil }

  /// Settings that expose secrets, one line each.
  var exposures: [String] { poses.exposures + pictures.exposures }
}

extension Stores {
  /// A mistake, such as a missing line, never results in a new, empty storage: MySQL and MongoDB are configured
  /// together or not at all, unless PICTURES says which picture store is meant.
  init(_ form: inout SettingsForm) {
    let kind = form.value(.pictures, allowed: Self.pictureStores.map { $0.word }.joined(separator: ", ")) { text in
      Self.pictureStores.first { $0.word == text.lowercased() }
    }
    // so that their mistakes are reported, too, if its host is missing
    let mysqlPoses = MySQLPoses(&form)
    let hasMySQL = form.isSet(.mysqlHost)
    let hasMongoDB = form.isSet(.mongoURI)
    let mysql = SettingKey.mysql.filter(form.isSet).map(\.rawValue)
    if !hasMySQL, !mysql.isEmpty {
      form.note("\(mysql.joined(separator: ", ")) set, but not MYSQL_HOST: set it too, or none of them.")
    } else if hasMySQL, !hasMongoDB, kind == nil {
      form.note(
        "MYSQL_HOST is set, but not MONGODB_URI: MySQL and MongoDB are used together or not at all, unless PICTURES says "
          + "where the pictures are.")
    } else if !hasMySQL, hasMongoDB, kind == nil {
      form.note(
        "MONGODB_URI is set, but not MYSQL_HOST: MySQL and MongoDB are used together or not at all, unless PICTURES says "
          + "where the pictures are.")
    } else if hasMySQL {
      for key in [SettingKey.mysqlUser, .mysqlDatabase] where !form.isSet(key) {
        form.note("MYSQL_HOST is set, but not \(key.rawValue).")
      }
    }
    if let kind {
      for key in kind.needs where !form.isSet(key) {
        form.note("PICTURES is \(kind.word), but \(key.rawValue) is not set.")
      }
    }
    poses = hasMySQL ? mysqlPoses : SQLitePoses(form)
    pictures = (kind ?? (hasMongoDB ? GridFSPictures.self : FilePictures.self)).init(&form)
  }
}
