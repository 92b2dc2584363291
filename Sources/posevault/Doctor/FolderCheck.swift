import Backup
import Foundation

/// A folder that this program writes to.
enum FolderCheck {
  /// Below this, a day of pictures, or a backup, may no longer fit.
  private static let littleSpace: Int64 = 1_000_000_000

  /// Whether the folder of the embedded storage exists. Anything created to find out is removed.
  static func runData(_ folder: String, _ report: inout DoctorReport) -> Bool {
    if FileManager.default.fileExists(atPath: folder) { return run(folder, named: "The data folder", report: &report) }
    // what it lies in is made, too
    var first = folder
    while !FileManager.default.fileExists(atPath: Path.folder(of: first)), Path.folder(of: first) != first {
      first = Path.folder(of: first)
    }
    if let refusal = FolderMarker.refusal(ofNew: first) {
      report.tell(refusal, of: "The data folder")
    } else {
      report.tell(.notice, "The data folder \(folder) does not exist yet; `posevault serve` creates it.")
    }
    return false
  }

  /// A folder of archives, which the first archive creates, but not the folder above it: that may be an unmounted disk.
  ///
  /// - Parameter archive: the size of the last archive in bytes.
  static func runArchives(_ folder: String, named name: String, archive: Int64, report: inout DoctorReport) {
    if FileManager.default.fileExists(atPath: folder) {
      _ = run(folder, named: name, needed: max(littleSpace, 2 * archive), report: &report)
      return
    }
    if let refusal = FolderMarker.refusal(ofNew: folder) {
      report.tell(refusal, of: name)
    } else {
      report.tell(.notice, "\(name) \(folder) does not exist yet; the first backup creates it.")
    }
  }

  private static func run(
    _ folder: String, named name: String, needed: Int64 = littleSpace, report: inout DoctorReport
  ) -> Bool {
    guard FolderListing.folder(FilePath(folder)) != nil, FileManager.default.isWritableFile(atPath: folder) else {
      report.tell(.wrong, "\(name) \(folder) is not a folder this user can write to.")
      return false
    }
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    let free = (attributes?[.systemFreeSize] as? NSNumber)?.int64Value
    let space = free.map { "\($0 / 1_000_000) MB free" } ?? "free space unknown"
    let isTight = free.map { $0 < needed } ?? true
    report.tell(isTight ? .notice : .good, "\(name) \(folder) is writable, \(space).")
    return true
  }
}
