import EmbeddedStorage
import Foundation
import NIOCore
import PoseCore
import StorageContract

@testable import Backup

/// An embedded storage and a BACKUP_DIR in a temporary folder of their own.
final class BackupFixture: Sendable {
  let folder: String
  let storage: EmbeddedStorage
  let files = BlockingPool("backup files", threads: 2, maxWaiting: 100, waitLimit: .seconds(60))

  var backups: String { folder + "/backups" }

  init() async throws {
    folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
    storage = try await EmbeddedStorage.open(folder + "/data", role: .server)
  }

  /// Makes an archive of the storage, or of what stands before it.
  func create(
    poses: (any ArchivablePoses)? = nil, images: (any ArchivableImages)? = nil, includesChunks: Bool = false,
    passphrase: String? = nil, scratch: any ScratchStore = EmbeddedScratch(),
    patience: ReadPatience = ReadPatience(limit: .zero), at seconds: Int64 = 1_765_362_700,
    repository: RepositoryRules? = nil
  ) async throws -> ProvenBackup {
    let source = BackupSource(
      poses: poses ?? storage.poses, images: images ?? storage.images, description: "a test")
    let plan = BackupPlan(
      folder: backups, day: BackupDay(year: 2025, month: 12, day: 10), includesChunks: includesChunks,
      passphrase: passphrase, software: "PoseVault test", repository: repository)
    // every picture of the samples is older
    var maker = BackupMaker(source: source, scratch: scratch, files: files, clock: { seconds })
    maker.patience = patience
    return try await maker.create(plan)
  }

  func verify(_ path: String, passphrase: String? = nil) async throws -> Verdict {
    let verifier = ArchiveVerifier(
      scratch: EmbeddedScratch(), scratchFolder: folder + "/scratch", passphrase: passphrase, files: files)
    return try await verifier.verify(path)
  }

  /// The names in BACKUP_DIR, without its marker.
  func names() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: backups).filter { $0 != FolderMarker.fileName }.sorted()
  }

  /// Stores a picture and a pose of it.
  @discardableResult
  func add(_ number: Int, bytes: [UInt8]? = nil) async throws -> PoseRecord {
    let image = try await addPicture(bytes ?? Sample.picture(number), number)
    return try await storage.poses.insert([
      NewPose(
        imageID: image, keypoints: Sample.keypoints(number), worldKeypoints: Sample.keypoints(number + 100),
        details: PoseDetails(
          score: 0.9_735_481, pictureWidth: 640, pictureHeight: 480, fileName: "Übung '\(number)'.jpg"),
        createdAt: 1_765_362_600 + Int64(number))
    ])[0]
  }

  @discardableResult
  func addPicture(_ bytes: [UInt8], _ number: Int = 0) async throws -> ImageID {
    let id = ImageID.generate(at: 1_765_362_600)
    let metadata = ImageMetadata(
      contentType: "image/jpeg", width: 640, height: 480, fileName: "Übung \"\(number)\" \\ 🧘.jpg", datasetID: "d")
    try await storage.images.put(
      id, Pieces(bytes: bytes), length: bytes.count, uploadedAt: 1_765_362_600, metadata: metadata)
    return id
  }

  /// Stores a row as an older program may have left it.
  func addRow(_ row: PoseRecord) async throws {
    try await storage.poses.restore([row])
  }

  func tearDown() async {
    try? await storage.close()
    try? await files.shutDown()
    try? FileManager.default.removeItem(atPath: folder)
  }
}

/// Runs `body` with a fixture that is removed afterwards.
func withFixture(_ body: (BackupFixture) async throws -> Void) async throws {
  let fixture = try await BackupFixture()
  do {
    try await body(fixture)
  } catch {
    await fixture.tearDown()
    throw error
  }
  await fixture.tearDown()
}
