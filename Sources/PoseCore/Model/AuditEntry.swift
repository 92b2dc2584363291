/// Something that somebody did, or was refused. It contains only ids: never names of files or people, and no query.
public struct AuditEntry: Sendable, Hashable {
  /// In seconds since 1970.
  public var at: Int64
  /// The chain it belongs to: a server's name, or a machine's for commands.
  public var server: String
  /// The key's id, `API_KEY`, `none` where nobody is asked for a key, `command` on the command line, or `program` where
  /// nobody asked for it.
  public var by: String
  /// The session's id.
  public var session: Int?
  /// The client's address.
  public var from: String?
  /// The request's id, as in the log.
  public var request: String?
  /// The action: a route as registered, such as `DELETE /api/poses/:id`, or a command, such as `key add`.
  public var action: String
  /// What it was done to, such as `pose 7`.
  public var subjects: [String]
  /// The HTTP status, or a command's exit status.
  public var outcome: Int
  /// How often, if several are counted together.
  public var count: Int

  public init(
    at: Int64, server: String, by: String, session: Int? = nil, from: String? = nil, request: String? = nil,
    action: String, subjects: [String] = [], outcome: Int, count: Int = 1
  ) {
    self.at = at
    self.server = server
    self.by = by
    self.session = session
    self.from = from
    self.request = request
    self.action = action
    self.subjects = subjects
    self.outcome = outcome
    self.count = count
  }

  /// The same bytes for the same entry: the input of a chain's hashes, and the format for programs.
  public func writeFields(into json: inout JSONWriter) {
    json.field("at", Int(at))
    json.field("server", server)
    json.field("by", by)
    json.field("session", session)
    json.field("from", from)
    json.field("request", request)
    json.field("action", action)
    json.array("subjects") { json in
      for subject in subjects { json.value(subject) }
    }
    json.field("outcome", outcome)
    json.field("count", count)
  }
}

/// An entry with its position.
public struct AuditLine: Sendable, Hashable {
  /// Assigned by the storage, ascending, never reused.
  public var id: Int
  public var entry: AuditEntry
  /// Its position in its server's chain; nil until it is sealed a moment later.
  public var seal: AuditSeal?

  public init(id: Int, entry: AuditEntry, seal: AuditSeal?) {
    self.id = id
    self.entry = entry
    self.seal = seal
  }

  /// The input of its hash: the previous entry in the chain, its number, its id and all its fields.
  ///
  /// - Parameter previous: the hash of the previous entry; empty for the first.
  public func sealedContent(number: Int, after previous: String) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("previous", previous)
      json.field("number", number)
      json.field("id", id)
      entry.writeFields(into: &json)
    }
    return json.bytes
  }
}

/// A position in a chain: its number, from 1, and the hash over everything before it.
public struct AuditSeal: Sendable, Hashable {
  public var number: Int
  /// SHA-256 in 64 hexadecimal digits.
  public var hash: String

  public init(number: Int, hash: String) {
    self.number = number
    self.hash = hash
  }
}

/// A server's chain, from the last entry removed because of its age to the newest one.
public struct AuditChain: Sendable, Hashable {
  public var server: String
  /// nil if nothing was removed.
  public var base: AuditSeal?
  public var head: AuditSeal?

  public init(server: String, base: AuditSeal?, head: AuditSeal?) {
    self.server = server
    self.base = base
    self.head = head
  }
}

/// The newest entry of a server's chain, as recorded outside the database to detect a rewritten chain.
public struct AuditHead: Sendable, Hashable, Codable {
  public var server: String
  public var number: Int
  /// As in ``AuditSeal/hash``.
  public var hash: String

  public init(server: String, number: Int, hash: String) {
    self.server = server
    self.number = number
    self.hash = hash
  }
}

extension AuditChain {
  public var newest: AuditHead? { head.map { AuditHead(server: server, number: $0.number, hash: $0.hash) } }
}

/// Which entries to find; all conditions must hold.
public struct AuditFilter: Sendable, Hashable {
  /// As in ``AuditEntry/by``.
  public var by: String?
  /// A prefix of ``AuditEntry/action``.
  public var action: String?
  /// One of ``AuditEntry/subjects``.
  public var subject: String?
  public var from: Int64?
  public var before: Int64?
  public var server: String?

  public init(
    by: String? = nil, action: String? = nil, subject: String? = nil, from: Int64? = nil, before: Int64? = nil,
    server: String? = nil
  ) {
    self.by = by
    self.action = action
    self.subject = subject
    self.from = from
    self.before = before
    self.server = server
  }
}

/// How storages keep ``AuditEntry/subjects`` in one text: each between line breaks, so that one can be searched for.
public enum AuditSubjects {
  public static func text(_ subjects: [String]) -> String {
    subjects.isEmpty ? "" : "\n" + subjects.joined(separator: "\n") + "\n"
  }

  public static func list(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  /// The text to search for to find the subject.
  public static func needle(_ subject: String) -> String { "\n\(subject)\n" }
}
