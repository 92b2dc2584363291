import Backup
import EmbeddedStorage
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore

@testable import Server

/// A server on a new embedded storage that makes real backups of it.
struct BackedServer: Sendable {
  let storage: EmbeddedStorage
  /// BACKUP_DIR.
  let backups: String
  let desk: BackupDesk
  let server: PoseServer

  static let host = "this-host"

  /// Runs `body` with the server's routes; all is removed afterwards.
  static func run(
    configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: @Sendable (BackedServer, any TestClientProtocol) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let storage = try await EmbeddedStorage.open(folder + "/data", role: .server)
    let files = BlockingPool("backup files", threads: 2, maxWaiting: 100, waitLimit: .seconds(60))
    let runner = BackupRunner(
      runs: storage.runs,
      maker: BackupMaker(
        source: BackupSource(poses: storage.poses, images: storage.images, description: "a test"),
        scratch: EmbeddedScratch(), files: files, clock: { testTime }),
      rules: BackupRules(
        folder: folder + "/backups", schedule: try CronExpression("59 23 * * *"), zone: .gmt,
        software: "PoseVault test"),
      host: host, files: files, clock: { testTime }, mail: { _, _, _ in nil },
      pair: StorePair(runs: storage.runs, images: storage.images, place: "a test"))
    let desk = BackupDesk(runner)
    var configuration = ServerConfiguration(port: 0)
    configure(&configuration)
    let server = PoseServer(
      configuration: configuration, poses: storage.poses, images: storage.images, storedImages: storage.images,
      extractor: FakeExtractor(), renderer: FakeRenderer(), backups: desk, trash: storage.trash,
      eraser: PictureErasing(ledger: storage.erasures, images: storage.images, runner: runner), keys: storage.uploads,
      access: storage.access,
      audit: storage.audit,
      stores: HealthKeys(),
      metrics: testMetrics, clock: { testTime }, logger: .silent)
    let backed = BackedServer(storage: storage, backups: folder + "/backups", desk: desk, server: server)
    try await server.buildApplication().test(.router) { client in
      try await body(backed, client)
    }
    await desk.shutDown()
    try await files.shutDown()
    try await storage.close()
  }

  /// Puts a file where BACKUP_DIR would be made, so that no run can write there, whoever runs the test.
  func breakFolder() throws {
    try? FileManager.default.removeItem(atPath: backups)
    try Data().write(to: URL(filePath: backups))
  }

  /// Keeps a run that another machine made, and returns its id.
  func addRun(ofHost host: String, _ state: BackupRun.State) async throws -> Int {
    let origin = BackupOrigin(host: host, pid: 1, startedAt: testTime - 60, claim: nil)
    guard case .begun(let run) = try await storage.runs.beginBackup(origin) else {
      throw PoseVaultError(.internal, "another run is under way")
    }
    _ = try await storage.runs.finishBackup(run.id, state, mail: nil)
    return run.id
  }
}
