import Foundation
import Imaging
import NIOCore
import PoseCore

/// Where `--overlay` writes the pictures with their skeletons.
///
/// The whole path of a picture is kept below the folder, `/` at its start as `_root` and `..` as `_up`, and something is
/// always put behind its name, so that no picture is ever written over.
struct OverlayFolder: Sendable {
  private let folder: String
  private let limits: ImageLimits
  private static let mark = ".overlay."

  init(_ folder: String, limits: ImageLimits) {
    self.folder = folder
    self.limits = limits
  }

  /// Walking a folder passes over what an earlier run wrote into it.
  static func isOverlay(_ name: String) -> Bool { name.contains(mark) }

  /// Such as `DIR/photos/a.jpg.overlay.jpg`.
  func path(for picture: String, _ format: ImageFormat) -> String {
    let working = Path.workingDirectory + "/"
    let relative = picture.hasPrefix(working) ? picture.dropFirst(working.count) : picture[...]
    let root = relative.hasPrefix("/") ? ["_root"] : []
    let parts = relative.split(separator: "/").filter { $0 != "." }.map { $0 == ".." ? "_up" : String($0) }
    let name = (root + parts).joined(separator: "/") + Self.mark + (format == .png ? "png" : "jpg")
    return Path.child(name, of: folder)
  }

  /// Draws on the picture and writes it: PNG for PNG, else JPEG. Blocks.
  func write(_ picture: ByteBuffer, _ extraction: Extraction, of path: String) throws {
    var image = try picture.withUnsafeReadableBytes { try RGBImage(decoding: $0, limits: limits) }
    image.draw(extraction.poses)
    let bytes = try extraction.header.format == .png ? image.png() : image.jpeg()
    let file = URL(filePath: self.path(for: path, extraction.header.format))
    do {
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: file, options: .atomic)
    } catch {
      let reason = (error as NSError).localizedDescription
      throw PoseVaultError(.fileSystem, "The overlay \(file.path) cannot be written: \(reason)", cause: error)
    }
  }
}
