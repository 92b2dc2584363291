import Foundation
import Glibc
import PoseCore

/// What lies in a folder. Blocks.
enum FolderListing {
  /// Tells apart files that different paths name.
  struct Identity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    fileprivate init(_ status: stat) {
      device = UInt64(status.st_dev)
      number = UInt64(status.st_ino)
    }
  }

  /// Kinds of pictures that are looked at when a folder is walked; those that we can't read are worth a message.
  static let pictureExtensions: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif", "jxl",
  ]

  /// nil unless `path` is a folder, or a link to one.
  static func folder(_ path: String) -> Identity? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    return Identity(status)
  }

  /// The pictures and folders in `folder`, by name, without hidden ones and overlays of ours.
  static func entries(in folder: String) throws -> [String] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw PoseVaultError(.fileSystem, "The folder \(folder) cannot be read.", cause: error)
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .filter { !$0.hasPrefix(".") && !OverlayFolder.isOverlay($0) }
      .map { Path.child($0, of: folder) }
      .filter { pictureExtensions.contains(Path.fileExtension($0)) || Self.folder($0) != nil }
  }
}
