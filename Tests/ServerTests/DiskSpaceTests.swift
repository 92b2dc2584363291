import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("A disk that fills up")
struct DiskSpaceTests {
  let storage = MemoryStorage()
  private let folder = FileManager.default.temporaryDirectory.path

  @Test("below the reserve pictures are refused, while reading, correcting and deleting go on")
  func low() async throws {
    try await withRoutes(storage) { client in _ = try await client.upload() }
    try await withRoutes(
      storage,
      configure: { [folder] in
        $0.dataFolder = folder
        $0.diskReserve = .max
      }
    ) { client in
      let refused = try await client.upload()
      #expect(refused.status == .serviceUnavailable)
      #expect(refused.errorCode == "STORAGE_FULL")
      #expect(refused.headers[.retryAfter] != nil)
      #expect(storage.imageCount == 1)
      let shown = try await client.send(.get, "/api/poses/1")
      #expect(shown.status == .ok)
      let health = try await client.send(.get, "/api/health")
      #expect(health.status == .ok)
      let data = try #require((health.json["disk"] as? [String: Any])?["data"] as? [String: Any])
      #expect(data["isLow"] as? Bool == true)
      let deleted = try await client.send(.delete, "/api/poses/1")
      #expect(deleted.status == .ok)
    }
  }

  @Test("health and metrics tell the room of both disks as the system does, of a folder that is yet to be made, too")
  func told() async throws {
    try await withRoutes(
      storage,
      configure: { [folder] in
        $0.dataFolder = folder
        $0.backupFolder = folder + "/not/yet/there"
        $0.diskReserve = 0
      }
    ) { client in
      let stored = try await client.upload()
      #expect(stored.status == .created)
      let system = try FileManager.default.attributesOfFileSystem(forPath: folder)
      let size = try #require(system[.systemSize] as? Int)
      let free = try #require(system[.systemFreeSize] as? Int)
      let health = try await client.send(.get, "/api/health")
      let disks = try #require(health.json["disk"] as? [String: [String: Any]])
      #expect(Set(disks.keys) == ["data", "backups"])
      for disk in disks.values {
        #expect(disk["size"] as? Int == size)
        // other programs write meanwhile, and some is kept for the system's own user
        #expect(try #require(disk["free"] as? Int) <= free + 1_000_000_000)
      }
      #expect(disks["data"]?["isLow"] as? Bool == false)
      #expect(disks["backups"]?["reserve"] == nil)
      let metrics = String(buffer: try await client.send(.get, "/metrics").body)
      #expect(metrics.contains("posevault_disk_free_bytes{disk=\"backups\"} "))
      #expect(metrics.contains("posevault_disk_size_bytes{disk=\"data\"} \(Double(size))\n"))
      #expect(metrics.contains("posevault_disk_reserve_bytes{disk=\"data\"} 0.0\n"))
    }
  }

  @Test("without a setting, the reserve is the lesser of 512 MB and 2 % of the disk")
  func usual() async throws {
    var configuration = ServerConfiguration()
    configuration.dataFolder = folder
    let disk = try #require(await DiskSpace(configuration).disks().first)
    #expect(disk.reserve == min(512 * 1024 * 1024, disk.size / 50))
  }
}
