#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import NIOPosix
import PoseCore

/// The free space on the disks that contain data and archives.
///
/// A completely full disk can't even delete: SQLite needs space for that, too. So pictures are refused while there
/// still is some.
public struct DiskSpace: Sendable {
  /// One disk, all numbers in bytes.
  struct Disk: Sendable {
    /// What it contains: `data` or `backups`.
    let name: String
    let size: Int
    /// For an unprivileged process.
    let free: Int
    /// Uploads are refused if less is free; nil if nothing depends on it.
    let reserve: Int?

    var isLow: Bool { reserve.map { free < $0 } ?? false }

    func writeFields(into json: inout JSONWriter) {
      json.field("free", free)
      json.field("size", size)
      guard let reserve else { return }
      json.field("reserve", reserve)
      json.field("isLow", isLow)
    }
  }

  private let dataFolder: String?
  private let backupFolder: String?
  private let reserve: Int?

  init(_ configuration: ServerConfiguration) {
    dataFolder = configuration.dataFolder
    backupFolder = configuration.backupFolder
    reserve = configuration.diskReserve
  }

  /// For a process that stores pictures without serving.
  ///
  /// - Parameters:
  ///   - dataFolder: nil if pictures are not in a folder on this machine.
  ///   - reserve: in bytes; nil for the default.
  public init(dataFolder: String?, reserve: Int?) {
    self.dataFolder = dataFolder
    backupFolder = nil
    self.reserve = reserve
  }

  /// Those that can be checked in time.
  func disks() async -> [Disk] {
    let folders = [("data", dataFolder), ("backups", backupFolder)]
    return await promptly(within: HealthRoutes.answerLimit) { [reserve] in
      // a folder on a network may hang
      try await NIOThreadPool.singleton.runIfActive {
        folders.compactMap { name, folder in folder.flatMap { Self.disk(name, of: $0, reserve) } }
      }
    } ?? []
  }

  /// Throws ``PoseVaultError`` with `storageFull` if no more pictures should be stored.
  public func requireRoom() async throws {
    guard let folder = dataFolder else { return }
    let disk = await promptly(within: HealthRoutes.answerLimit) { [reserve] in
      try await NIOThreadPool.singleton.runIfActive { Self.disk("data", of: folder, reserve) }
    }
    // where it can't be told, the storage itself will tell
    guard let disk = disk ?? nil, disk.isLow else { return }
    throw PoseVaultError(
      .storageFull, "The disk is nearly full, so no more pictures are stored. Reading and deleting still work.",
      details: ["free": "\(disk.free)", "reserve": "\(disk.reserve ?? 0)"])
  }

  /// Checks the folder, or the one in which it will be created. Blocks.
  private static func disk(_ name: String, of folder: String, _ reserve: Int?) -> Disk? {
    var status = statvfs()
    var place = folder
    while statvfs(place, &status) != 0 {
      guard errno == ENOENT, let slash = place.unicodeScalars.lastIndex(of: "/"), slash > place.startIndex else {
        return nil
      }
      place = String(place[..<slash])
    }
    let block = Int(clamping: status.f_frsize)
    let size = Int(clamping: status.f_blocks).multipliedReportingOverflow(by: block)
    let free = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: block)
    guard !size.overflow, !free.overflow else { return nil }
    let usual = min(512 * 1024 * 1024, size.partialValue / 50)
    return Disk(
      name: name, size: size.partialValue, free: free.partialValue, reserve: name == "data" ? reserve ?? usual : nil)
  }
}
