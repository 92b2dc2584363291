import Foundation
import Logging
import Server

/// All external settings, validated, read once at startup.
struct Settings: Sendable {
  /// Without the API key, which is kept separately so that nothing prints it.
  var server: ServerConfiguration
  var apiKey: Secret?
  var extraction: ExtractionSettings
  var stores: Stores
  var backup: BackupSettings
  /// nil if no mail is to be sent.
  var mail: MailSettings?
  var logLevel: Logger.Level
  /// Whether the audit trail is also written to standard output, and how long it is kept.
  var logsAudit: Bool
  var auditKeepDays: Int
  /// What a person should know about the settings at startup.
  var notices: [String]
  /// Those of ``notices`` about exposed secrets.
  var exposures: [String]

  /// Throws ``SettingsMistakes`` with everything that is wrong.
  init(_ source: SettingsSource) throws {
    var form = SettingsForm(source)
    extraction = ExtractionSettings(&form)
    apiKey = Self.apiKey(&form)
    server = Self.server(&form, maxUploadBytes: extraction.maxBytes)
    stores = Stores(&form)
    logLevel =
      form.value(.logLevel, allowed: "trace, debug, info, notice, warning, error or critical") {
        Logger.Level(rawValue: $0.lowercased())
      } ?? .info
    logsAudit = form.flag(.auditLog)
    auditKeepDays = form.integer(.auditKeepDays, 1...36_500, default: 400)
    mail = MailSettings(&form)
    let backup = BackupSettings(&form)
    for key in SettingKey.allCases where key.isPath {
      guard let path = form.text(key), path.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { continue }
      form.noteFault(key, "a path with a control character is most likely a mistake.")
    }
    guard let backup, form.mistakes.isEmpty else { throw SettingsMistakes(source, form.mistakes) }
    self.backup = backup
    exposures = Self.weakness(of: apiKey, server) + Self.exposures(form, of: stores, mail: mail, backup: backup)
    notices = Self.notices(form, server: server, stores: stores) + backup.notices + exposures
  }

  private static func notices(_ form: SettingsForm, server: ServerConfiguration, stores: Stores) -> [String] {
    var notices = SettingKey.ignored.filter(form.isSet).map { "\($0.rawValue) is no longer needed and is ignored." }
    if !form.source.unknownKeys.isEmpty, let file = form.source.file {
      notices.append(
        "\(file) has keys that PoseVault does not know: "
          + form.source.unknownKeys.map(withNearest).joined(separator: ", "))
    }
    if !form.source.strayLines.isEmpty, let file = form.source.file {
      let shown = form.source.strayLines.prefix(5).map(String.init).joined(separator: ", ")
      notices.append(
        "\(file) has lines that are not KEY=VALUE and are ignored: \(shown)"
          + (form.source.strayLines.count > 5 ? ", …" : ""))
    }
    if !isLoopback(server.host), server.publicURL == nil, server.allowedHosts.isEmpty {
      notices.append(
        "This server answers to localhost and to IP addresses. To answer to a name, set PUBLIC_URL or ALLOWED_HOSTS.")
    }
    if form.isSet(.pictures), form.isSet(.mongoURI), !(stores.pictures is GridFSPictures) {
      notices.append("MONGODB_URI is not used: PICTURES is \(type(of: stores.pictures).word).")
    }
    if let missing = MailSettings.missing(form) { notices.append(missing) }
    for key in form.source.quotedKeys {
      notices.append(
        "\(key.rawValue) in the environment is in quotes, as docker --env-file leaves them: "
          + (key.isSecret && !key.isAddress ? "they are treated as part of the value." : "they are ignored."))
    }
    if !form.source.returnedKeys.isEmpty {
      notices.append(
        "\(form.source.returnedKeys.map(\.rawValue).joined(separator: ", ")) in the environment ended with a carriage "
          + "return, as docker --env-file leaves it of a file from Windows: it is left out.")
    }
    if !form.source.spacedKeys.isEmpty {
      notices.append(
        "\(form.source.spacedKeys.map(\.rawValue).joined(separator: ", ")) in the environment began or ended with white "
          + "space, as docker --env-file leaves it: it is left out.")
    }
    for key in form.source.commentedKeys {
      notices.append(
        "\(key.rawValue) in the environment holds a #, with which docker --env-file begins no comment: it is part of the "
          + "value.")
    }
    return notices
  }

  /// Such as `API_KEYS (did you mean API_KEY?)`.
  private static func withNearest(_ key: String) -> String {
    let names = SettingKey.allCases.map { $0.rawValue.lowercased() }
    return NearestWord.to(key, among: names).map { "\(key) (did you mean \($0.uppercased())?)" } ?? key
  }

  private static func weakness(of apiKey: Secret?, _ server: ServerConfiguration) -> [String] {
    guard let apiKey, apiKey.revealed.count < 16 else { return [] }
    let reach = isLoopback(server.host) ? "" : ", and HOST=\(server.host) lets other machines try"
    return ["API_KEY is short enough to be guessed\(reach); `openssl rand -hex 24` makes a good one."]
  }
}

/// Settings that prevent startup, one line each.
struct SettingsMistakes: Error, CustomStringConvertible {
  let lines: [String]

  init(_ source: SettingsSource, _ mistakes: [String]) {
    let place = source.file.map { "the environment or \($0)" } ?? "the environment"
    lines = ["Invalid settings in \(place):"] + mistakes
  }

  var description: String { lines.joined(separator: "\n") }
}
