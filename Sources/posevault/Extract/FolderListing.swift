import Foundation
import Glibc
import PoseCore

/// The contents of a folder. Blocks.
enum FolderListing {
  /// Distinguishes files, whatever paths lead to them.
  struct Identity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    fileprivate init(_ status: stat) {
      device = UInt64(status.st_dev)
      number = UInt64(status.st_ino)
    }
  }

  /// Kinds of pictures that are considered when a folder is walked; those that we can't read are worth a message.
  static let pictureExtensions: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif", "jxl",
  ]

  /// nil unless `path` is a folder, or a link to one.
  static func folder(_ path: FilePath) -> Identity? {
    var status = stat()
    guard path.withCString({ stat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    return Identity(status)
  }

  /// Folders in which systems and NAS devices store thumbnails, deleted files and copies.
  private static let litter: Set<String> = [
    "@eadir", "@recycle", "@recently-snapshot", "#recycle", "#snapshot", "$recycle.bin", "system volume information",
    "lost+found", "__macosx", "lost.dir",
  ]

  /// The pictures and folders in `folder`, by name, without hidden ones, our own overlays and what NAS devices leave.
  ///
  /// - Parameter withShards: whether to include tars.
  static func entries(in folder: FilePath, withShards: Bool = false) throws -> (
    found: [FilePath], skipped: SkippedFiles
  ) {
    var found: [FilePath] = []
    var skipped = SkippedFiles()
    for name in try names(in: folder).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let path = folder.child(name)
      if name.first == UInt8(ascii: ".") {
        skipped.hidden += 1
      } else if OverlayFolder.isOverlay(name) {
        skipped.overlays += 1
      } else if litter.contains(String(decoding: name, as: UTF8.self).lowercased()), Self.folder(path) != nil {
        skipped.litter += 1
      } else if pictureExtensions.contains(path.fileExtension) || Self.folder(path) != nil
        || (withShards && path.fileExtension == ShardSniff.fileExtension)
      {
        found.append(path)
      } else {
        skipped.others += 1
      }
    }
    return (found, skipped)
  }

  enum MemberKind { case picture, hidden, overlay, litter, other }

  /// The kind of a file in a tar, by the same rules.
  static func kind(ofMember path: FilePath) -> MemberKind {
    let parts = path.parts
    let dots = [Array(".".utf8), Array("..".utf8)]
    if parts.contains(where: { $0.first == UInt8(ascii: ".") && !dots.contains($0) }) { return .hidden }
    if parts.last.map(OverlayFolder.isOverlay) == true { return .overlay }
    if parts.dropLast().contains(where: { litter.contains(String(decoding: $0, as: UTF8.self).lowercased()) }) {
      return .litter
    }
    return pictureExtensions.contains(path.fileExtension) ? .picture : .other
  }

  /// The names of everything in `folder`, in no order.
  private static func names(in folder: FilePath) throws -> [[UInt8]] {
    guard let stream = folder.withCString({ opendir($0) }) else { throw failure(folder, errno) }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw failure(folder, errno) }
        return names
      }
      guard let text = UnsafeRawPointer(entry.pointer(to: \.d_name)) else { continue }
      let length = strlen(text.assumingMemoryBound(to: CChar.self))
      let name = Array(UnsafeRawBufferPointer(start: text, count: length))
      if name != Array(".".utf8), name != Array("..".utf8) { names.append(name) }
    }
  }

  private static func failure(_ folder: FilePath, _ number: Int32) -> PoseVaultError {
    let reason = String(cString: strerror(number)).lowercased()
    return PoseVaultError(.fileSystem, "The folder \(folder.shown) cannot be read: \(reason).")
  }
}

/// What was skipped in the folders that were walked.
struct SkippedFiles: Sendable, Equatable {
  var hidden = 0
  var litter = 0
  var overlays = 0
  var others = 0

  var count: Int { hidden + litter + overlays + others }

  static func += (sum: inout SkippedFiles, more: SkippedFiles) {
    sum.hidden += more.hidden
    sum.litter += more.litter
    sum.overlays += more.overlays
    sum.others += more.others
  }

  /// Such as `Skipped: 3 that are not pictures, 1 hidden, 2 folders of a NAS or system.`; nil if there was nothing.
  var line: String? {
    let parts = [
      (others, "without a picture's extension"), (hidden, "hidden"), (overlays, "overlays of ours"),
      (litter, "system folders such as @eaDir"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    return parts.isEmpty ? nil : "Skipped in folders: \(parts.joined(separator: ", "))."
  }
}
