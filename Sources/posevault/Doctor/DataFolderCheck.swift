import Foundation

/// The folder of the embedded storage.
enum DataFolderCheck {
  /// Below this a day of pictures may not fit any more.
  private static let littleSpace = 1_000_000_000

  /// Whether there is a storage to look into. Makes nothing.
  static func run(_ folder: String, _ report: inout DoctorReport) -> Bool {
    guard FileManager.default.fileExists(atPath: folder) else {
      report.tell(.notice, "The data folder \(folder) does not exist yet; `posevault serve` makes it.")
      return false
    }
    guard FolderListing.folder(folder) != nil, FileManager.default.isWritableFile(atPath: folder) else {
      report.tell(.wrong, "The data folder \(folder) is not a folder that this user may write.")
      return false
    }
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    let free = (attributes?[.systemFreeSize] as? NSNumber)?.intValue
    let space = free.map { "\($0 / 1_000_000) MB free" } ?? "free space unknown"
    let isTight = free.map { $0 < littleSpace } ?? true
    report.tell(isTight ? .notice : .good, "The data folder \(folder) is writable, \(space).")
    return true
  }
}
