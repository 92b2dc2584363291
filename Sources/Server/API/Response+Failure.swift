import HTTPTypes
import Hummingbird
import PoseCore

extension Response {
  /// `{"success":false,"message":…,"error":{"code":…,"details":…}}` with the code's status.
  static func failure(_ error: PoseVaultError, headers: HTTPFields = [:]) -> Response {
    var headers = headers
    if error.code.status == .serviceUnavailable, headers[.retryAfter] == nil {
      headers[.retryAfter] = [.storageUnavailable, .storageFull].contains(error.code) ? "5" : "1"
    }
    if [.tooManyRequests, .idempotencyKeyInUse].contains(error.code), let seconds = error.details["retryAfter"] {
      headers[.retryAfter] = seconds
    }
    if error.code == .unsupportedEncoding { headers[.acceptEncoding] = "identity" }
    if error.code == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"PoseVault\"" }
    headers[.cacheControl] = "no-store"
    return .json(error.code.status, headers: headers, error.json)
  }
}

extension PoseVaultError {
  /// The documented form of a failure.
  var json: JSONWriter {
    var json = JSONWriter()
    json.object { json in
      json.field("success", false)
      json.field("message", message)
      json.object("error") { json in
        json.field("code", code.rawValue)
        if !details.isEmpty {
          json.object("details") { json in
            for (name, value) in details.sorted(by: { $0.key < $1.key }) {
              json.key(text: name)
              json.value(value)
            }
          }
        }
      }
    }
    return json
  }
}

extension PoseVaultError.Code {
  /// The single table from error codes to HTTP statuses.
  var status: HTTPResponse.Status {
    switch self {
    case .badRequest, .validationFailed, .imageMissing: .badRequest
    case .unauthorized: .unauthorized
    case .forbidden: .forbidden
    case .notFound: .notFound
    case .backupRunning, .archiveElsewhere, .idempotencyKeyReused, .idempotencyKeyInUse, .lastOwner,
      .sharedPicture:
      .conflict
    case .methodNotAllowed: .methodNotAllowed
    case .requestTimeout: .requestTimeout
    case .preconditionFailed: .preconditionFailed
    case .imageTooLarge, .bodyTooLarge: .contentTooLarge
    case .unsupportedImage, .unsupportedEncoding, .corruptImage: .unsupportedMediaType
    case .rangeNotSatisfiable: .rangeNotSatisfiable
    case .expectationFailed: .expectationFailed
    case .noPersonFound: .unprocessableContent
    case .tooManyRequests: .tooManyRequests
    case .headerTooLarge: .requestHeaderFieldsTooLarge
    case .notImplemented: .notImplemented
    case .queueFull, .storageFull, .storageUnavailable, .restoring, .shuttingDown, .modelUnavailable:
      .serviceUnavailable
    case .configuration, .fileSystem, .corruptArchive, .backupFailed, .backupUnproven, .internal: .internalServerError
    }
  }
}
