import CMongoC
import PoseCore

/// What went wrong according to libmongoc or MongoDB.
struct MongoFailure: Error, CustomStringConvertible {
  enum Kind: Sendable {
    /// Nothing was sent.
    case unreachable, unknownHost
    /// What was sent may have been carried out.
    case noAnswer, unconfirmed, notPrimary
    case duplicate, unknownCollection, unauthorized, loginMissing, loginRefused, diskFull, noJournal, other
  }

  let domain: UInt32
  let code: UInt32
  let message: String

  init(_ error: bson_error_t) {
    domain = error.domain
    code = error.code
    message = withUnsafeBytes(of: error.message) { Document.text($0) }
  }

  /// For the log.
  var description: String { "MongoDB error \(domain).\(code): \(message)" }

  /// Whether the index that a query names does not exist.
  var isBadHint: Bool { code == 2 && message.contains("hint") }

  /// The numbers are MongoDB's error codes.
  var kind: Kind {
    switch (domain, code) {
    case (MONGOC_ERROR_SERVER_SELECTION.rawValue, _):
      // a failed login ends in no server being suitable
      message.contains("Authentication failed") ? .loginRefused : .unreachable
    case (MONGOC_ERROR_STREAM.rawValue, MONGOC_ERROR_STREAM_NAME_RESOLUTION.rawValue): .unknownHost
    case (MONGOC_ERROR_STREAM.rawValue, _): .noAnswer
    case (MONGOC_ERROR_CLIENT.rawValue, MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue), (_, 18): .loginRefused
    case (_, 13): message.contains("requires authentication") ? .loginMissing : .unauthorized
    case (_, 26): .unknownCollection
    case (_, 64), (MONGOC_ERROR_WRITE_CONCERN.rawValue, _): .unconfirmed
    case (_, 11000): .duplicate
    case (_, 14031): .diskFull
    // what the storage engine says has no code of its own
    case (_, 8) where message.contains("No space left on device"): .diskFull
    case (_, 91), (_, 189), (_, 10107), (_, 11600), (_, 11602), (_, 13435), (_, 13436): .notPrimary
    case (_, 2) where message.contains("journal"): .noJournal
    default: .other
    }
  }

  /// Whether a write that failed this way may still have been carried out.
  var isUncertain: Bool {
    switch kind {
    case .noAnswer, .unconfirmed, .notPrimary: true
    default: false
    }
  }

  /// Such as `createIndexes: "images.files"`, from "not authorized on … to execute command { createIndexes: …".
  private var refusedCommand: String {
    let parts = message.split(separator: "execute command { ", maxSplits: 1)
    return parts.count < 2 ? "this" : String(parts[1].prefix { $0 != "," })
  }

  /// For a person: what could not be done ("read the picture"), and why.
  func explained(_ what: String, server: String) -> PoseVaultError {
    let reason =
      switch kind {
      case .unreachable: "\(server) can't be reached, or has no primary."
      case .unknownHost: "DNS doesn't know \(server), or doesn't answer."
      case .noAnswer: "\(server) broke the connection or didn't answer in time."
      case .unconfirmed: "\(server) did not confirm in time that a majority of its servers has the write."
      case .notPrimary: "\(server) is shutting down or no longer the primary."
      case .loginRefused: "\(server) refused the user name or password in MONGODB_URI."
      case .loginMissing: "\(server) requires a user name and a password, and MONGODB_URI has none."
      case .unauthorized:
        "the user that MONGODB_URI names lacks the right for \(refusedCommand) on \(server). The role readWrite on "
          + "the database includes all that is needed."
      case .diskFull: "the disk of \(server) is full."
      case .noJournal: "\(server) keeps no journal, so a write would not survive a crash."
      case .duplicate, .unknownCollection, .other: "\(server) refused with code \(code)."
      }
    return PoseVaultError(.storageUnavailable, "Could not \(what): \(reason)", cause: self)
  }
}
