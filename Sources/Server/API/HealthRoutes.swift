import Access
import HTTPTypes
import Hummingbird
import PoseCore

/// Health's names for the stores behind the ports.
public struct HealthKeys: Sendable {
  /// Such as `mysql`; nil for a database built into this program.
  public var poses: String?
  /// Such as `mongodb`; nil for a store built into this program.
  public var pictures: String?

  public init(poses: String? = nil, pictures: String? = nil) {
    self.poses = poses
    self.pictures = pictures
  }
}

/// `GET /api/health` asks the storages; `GET /api/health/live` only shows that the server is running.
struct HealthRoutes: Sendable {
  let poses: any PoseRepository
  let images: any ImageStore
  let backups: any BackupOperator
  let trash: any TrashStore
  let stores: HealthKeys
  let gate: StorageGate
  let door: Door
  let space: DiskSpace
  let warnings: [String]
  let formats: [ImageFormat]
  /// Whether only this machine can reach the server.
  let isLoopback: Bool
  let clock: @Sendable () -> Int64

  static let answerLimit: Duration = .milliseconds(1800)

  /// The state of the backups is included, but the status depends only on the storage.
  @Sendable func health(_ request: Request, _ context: APIContext) async throws -> Response {
    let now = clock()
    async let callerAnswer = door.recognise(request, context)
    async let posesAnswer: Void? = promptly(within: Self.answerLimit) { [poses] in try await poses.ping() }
    async let imagesAnswer: Void? = promptly(within: Self.answerLimit) { [images] in try await images.ping() }
    async let backupAnswer = promptly(within: Self.answerLimit) { [backups] in try await backups.status() }
    async let trashAnswer = promptly(within: Self.answerLimit) { [trash] in try await trash.totals() }
    async let markAnswer = promptly(within: Self.answerLimit) { [gate] in await gate.mark() }
    async let spaceAnswer = space.disks()
    let caller = await callerAnswer
    // what went wrong may name folders and machines
    let isTrusted = caller.map { RouteRoles.mayWatch($0.role) } ?? false
    // how to get at what is secret, not to everybody where everybody may ask
    let mayKnowWarnings = isTrusted && (isLoopback || caller?.proof != .nothing)
    // what a database said may name machines and users
    let opening = await gate.opening().map { isTrusted ? $0 : Self.silence }
    let posesUp = await posesAnswer != nil
    let imagesUp = await imagesAnswer != nil
    let backup = await backupAnswer
    let trashTotals = await trashAnswer
    let mark = await markAnswer ?? nil
    let disks = await spaceAnswer
    // what is stored is not whole while a restore fills it, or after one that was interrupted
    let trouble: PoseVaultError? =
      posesUp && imagesUp
      ? opening ?? mark?.refusal : Self.silence
    var json = JSONWriter()
    json.object { json in
      json.field("success", trouble == nil)
      if let trouble {
        json.field("message", trouble.message)
        json.object("error") { json in
          json.field("code", trouble.code.rawValue)
        }
      }
      writeStorage(posesUp: posesUp, imagesUp: imagesUp, into: &json)
      if posesUp, let mark { mark.writeHealth(withPlace: isTrusted, into: &json) }
      if !disks.isEmpty {
        json.object("disk") { json in
          for disk in disks {
            json.key(text: disk.name)
            json.object(disk.writeFields)
          }
        }
      }
      json.key("backup")
      if let backup { backup.writeHealth(at: now, withTroubles: isTrusted, into: &json) } else { json.null() }
      // what a file dialogue may offer
      json.key("formats")
      json.array { json in
        for format in formats { json.value(format.contentType) }
      }
      json.key("trash")
      if let trashTotals { json.object(trashTotals.writeFields) } else { json.null() }
      if mayKnowWarnings, !warnings.isEmpty {
        json.array("warnings") { json in
          for warning in warnings { json.value(warning) }
        }
      }
      json.field("timestamp", time: now)
    }
    return .json(trouble == nil ? .ok : .serviceUnavailable, headers: [.cacheControl: "no-store"], json)
  }

  private static let silence = PoseVaultError(.storageUnavailable, "The storage doesn't answer.")

  @Sendable func live(_ request: Request, _ context: APIContext) -> Response {
    .success(headers: [.cacheControl: "no-store"]) { json in
      json.field("timestamp", time: clock())
    }
  }

  private func writeStorage(posesUp: Bool, imagesUp: Bool, into json: inout JSONWriter) {
    var words: [String: String] = [:]
    if let key = stores.poses { words[key] = Self.word(posesUp) }
    if let key = stores.pictures { words[key] = Self.word(imagesUp) }
    for key in ["mysql", "mongodb"] {
      json.key(text: key)
      json.value(words[key] ?? "not configured")
    }
    let embedded = [stores.poses == nil ? posesUp : nil, stores.pictures == nil ? imagesUp : nil].compactMap { $0 }
    if !embedded.isEmpty {
      json.field("storage", Self.word(embedded.allSatisfy { $0 }))
    }
    json.field("pictures", Self.word(imagesUp))
  }

  private static func word(_ isUp: Bool) -> String { isUp ? "connected" : "disconnected" }
}

extension BackupStatus {
  /// - Parameter withTroubles: whether the reader may know what is wrong, not only that something is.
  fileprivate func writeHealth(at now: Int64, withTroubles: Bool, into json: inout JSONWriter) {
    json.object { json in
      json.field("state", state.rawValue)
      json.key("last")
      if let latest { json.object(latest.writeOutcome) } else { json.null() }
      json.field("lastProvenAt", time: lastProven?.finishedAt)
      json.key("lastProvenAge")
      if let time = lastProven?.finishedAt { json.value(Int(max(now - time, 0))) } else { json.null() }
      json.field("nextRun", time: nextRun)
      json.field("unsentMail", unsentMail.count)
      json.field("inTrouble", !troubles.isEmpty)
      guard withTroubles else { return }
      json.array("troubles") { json in
        for trouble in troubles { json.value(trouble) }
      }
    }
  }
}

extension TrashTotals {
  fileprivate func writeFields(into json: inout JSONWriter) {
    json.field("pictures", count)
    json.field("bytes", bytes)
  }
}

extension RestoreMark {
  /// - Parameter withPlace: whether the reader may know the machine and the folder.
  fileprivate func writeHealth(withPlace: Bool, into json: inout JSONWriter) {
    json.object("restoring") { json in
      json.field("since", time: since)
      guard withPlace else { return }
      json.field("host", host)
      json.field("file", file)
    }
  }
}
