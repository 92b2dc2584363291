import Access
public import ArgumentParser
public import PoseCore
import Server

struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Create, list and revoke keys.",
    discussion: """
      Give each person and each machine its own key, with a role:

        viewer    reads poses and pictures
        uploader  adds pictures, and sees only the response
        editor    reads, adds, corrects, deletes, exports
        monitor   metrics and detailed health
        operator  like monitor; also makes and monitors backups
        owner     everything, including keys

      The first key must be an owner's. From then on a key is required, unless ALLOW_ANONYMOUS is true and no valid \
      key is left. API_KEY is also an owner's key. Changes take effect on all servers within two seconds.
      """,
    subcommands: [KeyAddCommand.self, KeyListCommand.self, KeyRevokeCommand.self])

  /// Opens the storage and its keys, and has a change recorded.
  ///
  /// - Parameter action: nil if nothing is changed.
  static func withKeys(
    _ options: SettingsOptions, to action: String?, _ body: (any AccessKeys, Settings) async throws -> Void
  ) async throws {
    try await reportingFailure {
      let source = try options.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      try await Composition.withStorage(settings.stores, noting: action.map { "key \($0)" }) { storage in
        try await body(storage.access, settings)
      }
    }
  }
}

extension AccessRole: ExpressibleByArgument {}

struct KeyAddCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add",
    abstract: "Create a key and print it. It can't be shown again.",
    discussion: """
      Only the key is written to standard output. Since only its SHA-256 is stored, a lost key must be replaced.

        posevault key add --name "Ann's laptop" --role editor
        posevault key add --name "summer student" --role viewer --until 2027-08-31
        posevault key add --name "Ann's phone" --role uploader --qr
      """)

  @Option(help: "Who or what the key is for, to identify it in the list.")
  var name: String

  @Option(help: "\(AccessRole.allCases.map(\.rawValue).joined(separator: ", ")).")
  var role: AccessRole

  @Option(
    help: ArgumentHelp("The last day it is valid, or a time in UTC such as 2027-08-31T18:00:00Z.", valueName: "date"))
  var until: String?

  @Flag(help: "Also show a QR code with a link that signs in once, within 10 minutes.")
  var qr = false

  @OptionGroup var settings: SettingsOptions

  func validate() throws {
    if let until, AccessKey.end(until) == nil {
      throw ValidationError("--until must be a day such as 2027-12-31 or a time in UTC such as 2027-12-31T18:00:00Z.")
    }
  }

  func run() async throws {
    try await KeyCommand.withKeys(settings, to: "add") { keys, settings in
      let place = try qr ? SignInLink.place(settings) : nil
      let text = KeyText.makeKey()
      let key = try await keys.addKey(
        NewAccessKey(
          name: name, role: role, sha256: KeyText.digest(text), createdAt: Composition.clock(),
          endsAt: until.flatMap(AccessKey.end)),
        hasOtherOwner: settings.apiKey != nil)
      let end = key.endsAt.map { ", until \(Timestamp.iso8601($0))" } ?? ""
      StandardError.write("Key \(key.id) for \(Terminal.line(key.name)), \(key.role.rawValue)\(end):")
      try StandardOutput.write(text)
      if let place { try await SignInLink.show(at: place, for: key, keys) }
    }
  }
}

struct KeyListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the keys.",
    discussion: """
      Prints one line per key: its id, name, role, whether it is valid, and when and from where it was last used (up \
      to half a minute late). --json prints the keys as GET /api/keys returns them, one JSON object per line.
      """)

  @Flag(help: "Print one JSON object per line.")
  var json = false

  @OptionGroup var settings: SettingsOptions

  func run() async throws {
    try await KeyCommand.withKeys(settings, to: nil) { keys, settings in
      let now = Composition.clock()
      for key in try await keys.accessState(since: nil)?.keys ?? [] {
        try StandardOutput.write(json ? Self.json(key, at: now) : Self.line(key, at: now))
      }
      if settings.apiKey != nil { StandardError.write("API_KEY is also an owner's key.") }
    }
  }

  private static func json(_ key: AccessKey, at now: Int64) -> String {
    var json = JSONWriter()
    json.object { key.writeFields(at: now, into: &$0) }
    return String(decoding: json.bytes, as: UTF8.self)
  }

  private static func line(_ key: AccessKey, at now: Int64) -> String {
    let state: String
    if let revokedAt = key.revokedAt {
      state = "REVOKED \(Timestamp.iso8601(revokedAt))"
    } else if let endsAt = key.endsAt {
      state = key.isValid(at: now) ? "until \(Timestamp.iso8601(endsAt))" : "ENDED \(Timestamp.iso8601(endsAt))"
    } else {
      state = "valid"
    }
    let used = key.lastUsedAt.map { "used \(Timestamp.iso8601($0)) from \(key.lastUsedFrom ?? "here")" } ?? "never used"
    return "\(key.id)\t\(Terminal.line(key.name))\t\(key.role.rawValue)\t\(state)\t\(used)"
  }
}

struct KeyRevokeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke",
    abstract: "Revoke a key permanently, and end its sessions.")

  @OptionGroup var settings: SettingsOptions

  @Argument(help: ArgumentHelp("The key's id, from `posevault key list`.", valueName: "id"))
  var id: Int

  func run() async throws {
    try await KeyCommand.withKeys(settings, to: "revoke") { keys, settings in
      let hasOther = settings.apiKey != nil
      guard let key = try await keys.revokeKey(id, at: Composition.clock(), hasOtherOwner: hasOther) else {
        throw PoseVaultError(.notFound, "There is no key \(id).")
      }
      let name = Terminal.line(key.name)
      StandardError.write("Revoked key \(key.id), \(name). Servers stop accepting it within two seconds.")
    }
  }
}
