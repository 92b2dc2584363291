import Foundation
import GridFSStorage
import PoseCore

/// Pictures in a GridFS bucket of MongoDB.
struct GridFSPictures: PictureStore {
  static let word = "gridfs"
  static let name = "MongoDB"
  static let healthKey: String? = "mongodb"
  static let mailLine = "MongoDB collections export"
  static let needs: [SettingKey] = [.mongoURI]

  var uri: Secret

  init(_ form: inout SettingsForm) {
    uri = Secret(
      form.value(.mongoURI, allowed: "an address that begins with mongodb:// or mongodb+srv://") { text in
        ["mongodb://", "mongodb+srv://"].contains { text.hasPrefix($0) && text.count > $0.count } ? text : nil
      } ?? "")
  }

  var place: String { "MongoDB" + (Self.place(of: uri.revealed).map { " on \($0)" } ?? "") }
  var folder: String? { nil }

  var exposures: [String] {
    guard isElsewhere else { return [] }
    guard isEncrypted else {
      return [
        "MongoDB is reached on another machine without TLS: whoever is between can read the pictures. Add tls=true to "
          + "MONGODB_URI."
      ]
    }
    guard isCareless else { return [] }
    return [
      "MongoDB's certificate is not checked: whoever is between can pass for MongoDB and read pictures and password. Give "
        + "tlsCAFile in MONGODB_URI in place of the option that allows this."
    ]
  }

  func open(_ folders: DataFolders) async throws -> OpenPictures {
    let storage = try await GridFSStorage.unchanged(GridFSConfiguration(uri: uri.revealed))
    return OpenPictures(
      images: storage.images, warnings: storage.warnings, upgrade: storage.upgrade, close: storage.close)
  }

  /// The hosts and the database of a MongoDB URI; nil if it is uncertain which part is the password.
  static func place(of uri: String) -> String? {
    guard let scheme = uri.range(of: "://") else { return nil }
    let rest = uri[scheme.upperBound...].prefix { $0 != "?" }
    let userEnd = rest.lastIndex(of: "@").map(rest.index(after:)) ?? rest.startIndex
    // a slash or a colon too many means that characters in the password are not encoded
    let login = rest[..<userEnd]
    guard !login.contains("/"), login.filter({ $0 == ":" }).count <= 1, login.filter({ $0 == "@" }).count <= 1,
      !uri[rest.endIndex...].contains("@")
    else { return nil }
    let place = rest[userEnd...]
    let hosts = /(([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?,?)+(\/[A-Za-z0-9_-]*)?/
    return place.wholeMatch(of: hosts) == nil ? nil : String(place)
  }

  /// Such as `("tls", "true")`, in lower case.
  private var options: [(name: String, value: String)] {
    (uri.revealed.split(separator: "?", maxSplits: 1).dropFirst().first ?? "").split(separator: "&").map { option in
      let parts = option.lowercased().split(separator: "=", maxSplits: 1).map(String.init)
      return (parts.first ?? "", parts.dropFirst().first ?? "")
    }
  }

  private var isEncrypted: Bool {
    // an address that is looked up in DNS turns TLS on by itself
    (options.last { ["tls", "ssl"].contains($0.name) }?.value
      ?? (uri.revealed.hasPrefix("mongodb+srv:") ? "true" : "false")) == "true"
  }

  /// The options with which any certificate is accepted, as named by the driver.
  private static let careless: Set<String> = [
    "tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames", "sslallowinvalidcertificates",
    "sslallowinvalidhostnames",
  ]

  private var isCareless: Bool { options.contains { Self.careless.contains($0.name) && $0.value == "true" } }

  private var isElsewhere: Bool {
    let hosts = (Self.place(of: uri.revealed) ?? "").prefix { $0 != "/" }.split(separator: ",").map { host in
      host.hasPrefix("[") ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" }
    }
    return hosts.contains { !Settings.isThisMachine(String($0)) }
  }
}
