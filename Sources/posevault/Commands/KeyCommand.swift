import Access
public import ArgumentParser
public import PoseCore
import Server

struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Make, list and revoke keys.",
    discussion: """
      Each person and each machine gets a key of its own, with a role:

        viewer    reads poses and pictures
        uploader  adds pictures, and sees only the answer
        editor    reads, adds, corrects, deletes, exports
        monitor   metrics, and health in detail
        operator  as a monitor; also makes and watches backups
        owner     everything, keys included

      The first key must be an owner's. From then on nobody gets in without a key, unless ALLOW_ANONYMOUS is true and \
      no key is left. API_KEY is an owner's key, too. Servers know of a change within two seconds.
      """,
    subcommands: [KeyAddCommand.self, KeyListCommand.self, KeyRevokeCommand.self])

  /// Opens the storage and what it knows of keys, and has a change noted.
  ///
  /// - Parameter action: nil where nothing is changed.
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
    abstract: "Make a key and print it, this once.",
    discussion: """
      The key is all that goes to standard output. Only its SHA-256 is stored: a lost key is replaced by a new one.

        posevault key add --name "Ann's laptop" --role editor
        posevault key add --name "summer student" --role viewer --until 2027-08-31
        posevault key add --name "Ann's phone" --role uploader --qr
      """)

  @Option(help: "Whose it is, to tell it apart in the list.")
  var name: String

  @Option(help: "\(AccessRole.allCases.map(\.rawValue).joined(separator: ", ")).")
  var role: AccessRole

  @Option(
    help: ArgumentHelp("Its last day, or its end as a time in UTC such as 2027-08-31T18:00:00Z.", valueName: "date"))
  var until: String?

  @Flag(help: "Also show a code for a phone's camera: a link that signs in once, within 10 minutes.")
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
    abstract: "Show the keys.",
    discussion: """
      One line for each key: its id, name, role, whether it is valid, and when and from where it was used last, which \
      may be half a minute old. --json prints them as GET /api/keys shows them, one JSON object for each line.
      """)

  @Flag(help: "Print one JSON object for each line.")
  var json = false

  @OptionGroup var settings: SettingsOptions

  func run() async throws {
    try await KeyCommand.withKeys(settings, to: nil) { keys, settings in
      let now = Composition.clock()
      for key in try await keys.accessState(since: nil)?.keys ?? [] {
        try StandardOutput.write(json ? Self.json(key, at: now) : Self.line(key, at: now))
      }
      if settings.apiKey != nil { StandardError.write("API_KEY is an owner's key, too.") }
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
    abstract: "End a key for good, with the sessions that were opened with it.")

  @OptionGroup var settings: SettingsOptions

  @Argument(help: ArgumentHelp("The key's id, as `posevault key list` shows it.", valueName: "id"))
  var id: Int

  func run() async throws {
    try await KeyCommand.withKeys(settings, to: "revoke") { keys, settings in
      let hasOther = settings.apiKey != nil
      guard let key = try await keys.revokeKey(id, at: Composition.clock(), hasOtherOwner: hasOther) else {
        throw PoseVaultError(.notFound, "There is no key \(id).")
      }
      StandardError.write("Revoked key \(key.id), \(Terminal.line(key.name)). Servers know of it within two seconds.")
    }
  }
}
