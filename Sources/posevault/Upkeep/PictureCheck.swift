import Crypto
import NIOCore
import PoseCore

/// Checks whether poses and pictures refer to each other.
///
/// Knows only the ports, so it works on every storage.
struct PictureCheck: Sendable {
  let poses: any PoseRepository
  let images: any ImageStore
  let runs: any SweepClaims & RestoreLock
  /// The time in whole seconds since 1970.
  let clock: @Sendable () -> Int64
  private static let pageSize = 500

  /// Pictures of this database without a pose that arrived before `limit`, in seconds since 1970.
  func orphans(before limit: Int64) async throws -> [StoredImage] {
    let dataset = try await poses.datasetID()
    var orphans: [StoredImage] = []
    var last: ImageID?
    while true {
      let page = try await images.list(after: last, limit: Self.pageSize)
      guard let end = page.last else { return orphans }
      last = end.id
      let candidates = page.filter { $0.metadata.datasetID == dataset && $0.uploadedAt < limit }
      let named = try await poses.referenced(among: candidates.map(\.id))
      orphans += candidates.filter { !named.contains($0.id) }
    }
  }

  /// Those of `pictures` that still have no pose.
  func withoutPose(_ pictures: [StoredImage]) async throws -> [StoredImage] {
    try await pictures.without { try await poses.referenced(among: $0) }
  }

  /// Whether there are no poses at all: then pictures without one come from lost rows, not from crashes.
  func hasNoPoses() async throws -> Bool {
    try await poses.list(.after(.max, limit: 1)).isEmpty
  }

  /// A picture that differs from what was uploaded.
  struct Damage: Sendable {
    let id: ImageID
    let reason: String
  }

  /// Reads every picture in full; returns how many there are, and which differ from what was uploaded.
  func damagedPictures() async throws -> (count: Int, damaged: [Damage]) {
    var damaged: [Damage] = []
    var count = 0
    var last: ImageID?
    while case let page = try await images.list(after: last, limit: Self.pageSize), let end = page.last {
      last = end.id
      for image in page {
        count += 1
        if let reason = try await damage(of: image) { damaged.append(Damage(id: image.id, reason: reason)) }
      }
    }
    return (count, damaged)
  }

  private func damage(of image: StoredImage) async throws -> String? {
    do {
      guard let bytes = try await images.read(image.id, range: nil) else {
        // one that was deleted meanwhile
        return try await images.find(image.id) == nil ? nil : "its content is missing"
      }
      var sha256 = SHA256()
      var length = 0
      for try await piece in bytes {
        try Task.checkCancellation()
        piece.withUnsafeReadableBytes { sha256.update(bufferPointer: $0) }
        length += piece.readableBytes
      }
      guard length == image.length else { return "it has \(length) bytes instead of \(image.length)" }
      guard let recorded = image.metadata.sha256 else { return nil }
      return Hexadecimal.text(sha256.finalize()) == recorded ? nil : "its SHA-256 is not the one recorded at the upload"
    } catch let error as PoseVaultError where error.code == .storageUnavailable {
      // from a store that answers, it is the picture that is damaged
      try await images.ping()
      return error.message
    }
  }

  /// Poses whose picture is missing or incomplete.
  func lostPictures() async throws -> [PoseRecord] {
    var lost: [PoseRecord] = []
    var last = Int.max
    while true {
      let page = try await poses.list(.after(last, limit: Self.pageSize))
      guard let end = page.last else { return lost }
      last = end.id
      for pose in page where try await !hasPicture(pose) {
        // a pose that is deleted at this moment loses its picture too
        if try await poses.find(pose.id) != nil { lost.append(pose) }
      }
    }
  }

  private func hasPicture(_ pose: PoseRecord) async throws -> Bool {
    guard let id = ImageID(pose.imageID) else { return false }
    do {
      // asks for all of it, though nothing is read to its end: so the store looks for all its parts, where `find` or
      // an empty range would ask only for what is known of it
      return try await images.read(id, range: nil) != nil
    } catch let error as PoseVaultError where error.code == .storageUnavailable {
      // from a store that answers, it is the picture that is damaged
      try await images.ping()
      return false
    }
  }
}

extension PictureCheck {
  static func line(lost: [PoseRecord]) -> String { "Poses whose picture is missing: \(lost.count)." }

  static func item(lost: PoseRecord) -> String { "pose \(lost.id), picture \(lost.imageID)" }

  static func line(orphans: [StoredImage]) -> String {
    let bytes = orphans.reduce(0) { $0 + $1.length }
    return "Pictures without a pose, older than a day: \(orphans.count) (\(bytes / 1_000_000) MB)."
  }

  static func item(orphan: StoredImage) -> String {
    let name = orphan.metadata.fileName.map { ", \($0)" } ?? ""
    return "picture \(orphan.id), \(orphan.length) bytes\(name)"
  }
}
