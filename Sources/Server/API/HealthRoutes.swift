import HTTPTypes
import Hummingbird
import PoseCore

/// Which storages stand behind the ports, for health to name them.
public enum StorageKind: Sendable {
  /// SQLite and files.
  case embedded
  /// MySQL and MongoDB.
  case databases
}

/// `GET /api/health` asks the storages; `GET /api/health/live` only tells that the server runs.
struct HealthRoutes: Sendable {
  let poses: any PoseRepository
  let images: any ImageStore
  let storage: StorageKind
  let gate: RestoreGate
  let clock: @Sendable () -> Int64

  static let pingLimit: Duration = .milliseconds(1800)

  @Sendable func health(_ request: Request, _ context: APIContext) async throws -> Response {
    async let posesAnswer = Self.answers { [poses] in try await poses.ping() }
    async let imagesAnswer = Self.answers { [images] in try await images.ping() }
    let (posesUp, imagesUp) = await (posesAnswer, imagesAnswer)
    let mark = posesUp ? await gate.mark() : nil
    var json = JSONWriter()
    json.object { json in
      json.key("success")
      json.value(posesUp && imagesUp)
      if !(posesUp && imagesUp) {
        json.key("message")
        json.value("The storage doesn't answer.")
        json.key("error")
        json.object { json in
          json.key("code")
          json.value(PoseVaultError.Code.storageUnavailable.rawValue)
        }
      }
      switch storage {
      case .databases:
        json.key("mysql")
        json.value(Self.word(posesUp))
        json.key("mongodb")
        json.value(Self.word(imagesUp))
      case .embedded:
        json.key("mysql")
        json.value("not configured")
        json.key("mongodb")
        json.value("not configured")
        json.key("storage")
        json.value(Self.word(posesUp && imagesUp))
      }
      if let mark {
        json.key("restoring")
        json.object { json in
          json.key("host")
          json.value(mark.host)
          json.key("since")
          json.value(time: mark.since)
          json.key("file")
          json.value(mark.file)
        }
      }
      json.key("timestamp")
      json.value(time: clock())
    }
    return .json(posesUp && imagesUp ? .ok : .serviceUnavailable, headers: [.cacheControl: "no-store"], json)
  }

  @Sendable func live(_ request: Request, _ context: APIContext) -> Response {
    .success(headers: [.cacheControl: "no-store"]) { json in
      json.key("timestamp")
      json.value(time: clock())
    }
  }

  private static func word(_ isUp: Bool) -> String { isUp ? "connected" : "disconnected" }

  /// A ping that hangs in a C library heeds no cancellation, so it is left behind rather than waited for.
  private static func answers(_ ping: @escaping @Sendable () async throws -> Void) async -> Bool {
    let (answers, answer) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingOldest(1))
    let pinging = Task {
      do {
        try await ping()
        answer.yield(true)
      } catch {
        answer.yield(false)
      }
    }
    let timer = Task {
      try? await Task.sleep(for: pingLimit)
      answer.yield(false)
    }
    defer {
      pinging.cancel()
      timer.cancel()
    }
    return await answers.first { _ in true } ?? false
  }
}
