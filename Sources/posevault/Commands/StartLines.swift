import Backup
import NIOCore
import Server

/// What a command prints before it starts working.
enum StartLines {
  /// Which file was read, and where poses and pictures are stored.
  static func origin(_ source: SettingsSource, _ stores: Stores) -> String {
    let settings = source.file.map { "settings from the environment and \($0)" } ?? "settings from the environment"
    return "\(settings); \(stores.summary)"
  }

  /// Where and when backups are made, and who gets mail.
  static func backup(_ settings: Settings, at now: Int64) -> [String] {
    let backup = settings.backup
    let copies = backup.copyDirectory.map { ", copied to \($0)" } ?? ""
    let mail = settings.mail.map { $0.summary } ?? "no mail"
    let kind = backup.repository == nil ? "" : "the repository "
    let place = "Backups in \(kind)\(backup.folder)\(copies), \(backup.retention.text); \(mail)"
    return [place] + (backup.forecast(after: now).map { [$0] } ?? [])
  }

  /// The server's address on this machine.
  static func address(_ settings: Settings, port: Int) -> String {
    let everywhere = ["0.0.0.0", "::"].contains(settings.server.host)
    let host = everywhere ? "127.0.0.1" : settings.server.host
    return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }

  /// The server's addresses for other machines: each of this machine's addresses if it listens on all of them.
  static func elsewhere(_ settings: Settings, port: Int) -> [String] {
    guard ["0.0.0.0", "::"].contains(settings.server.host) else { return [] }
    let takesVersion6 = settings.server.host == "::"
    let addresses = ((try? System.enumerateDevices()) ?? []).compactMap { $0.address?.ipAddress }.filter { address in
      // link-local ones need a zone, which browsers don't take
      address.contains(":")
        ? takesVersion6 && address != "::1" && !address.lowercased().hasPrefix("fe80") : !address.hasPrefix("127.")
    }
    return addresses.map { "http://\($0.contains(":") ? "[\($0)]" : $0):\(port)" }
  }

  /// A line to paste into another terminal; the key is left for the user to fill in.
  static func curl(_ settings: Settings, port: Int) -> String {
    let key = settings.apiKey == nil ? "" : "-H \"Authorization: Bearer $API_KEY\" "
    return "curl \(key)-F image=@photo.jpg \(address(settings, port: port))/api/extract-pose"
  }
}
