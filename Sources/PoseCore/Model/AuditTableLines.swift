#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension AuditLine {
  /// The table's name, in databases and in archives.
  public static let table = "posevault_audit"

  /// Reads a row as archives hold it on a line. Throws `badRequest` for anything else.
  public init(_ line: TableLine) throws {
    do {
      let fields = try JSONDecoder().decode(EntryFields.self, from: Data(line.json))
      self.init(
        id: fields.id,
        entry: AuditEntry(
          at: fields.at, server: fields.server, by: fields.by, session: fields.session, from: fields.from,
          request: fields.request, action: fields.action, subjects: fields.subjects, outcome: fields.outcome,
          count: fields.count),
        seal: SealFields(number: fields.number, hash: fields.hash).seal)
    } catch {
      throw PoseVaultError(.badRequest, "The row \(line.id) of \(Self.table) can't be read.", cause: error)
    }
  }

  /// The same bytes for the same row.
  public var line: TableLine {
    var json = JSONWriter()
    json.object { json in
      json.field("id", id)
      entry.writeFields(into: &json)
      json.field("number", seal?.number)
      json.field("hash", seal?.hash)
    }
    return TableLine(id: id, json: json.bytes)
  }
}

extension AuditChain {
  /// The table's name, in databases and in archives.
  public static let table = "posevault_audit_chains"

  /// Reads a row as archives hold it on a line. Throws `badRequest` for anything else.
  public init(_ line: TableLine) throws {
    do {
      let fields = try JSONDecoder().decode(ChainFields.self, from: Data(line.json))
      self.init(server: fields.server, base: fields.base?.seal, head: fields.head.seal)
    } catch {
      throw PoseVaultError(.badRequest, "The row \(line.id) of \(Self.table) can't be read.", cause: error)
    }
  }

  /// The table has no ids of its own; in archives it is numbered in the order of the servers' names.
  public func line(id: Int) -> TableLine {
    var json = JSONWriter()
    json.object { json in
      json.field("id", id)
      json.field("server", server)
      base?.write("base", into: &json)
      head?.write("head", into: &json)
    }
    return TableLine(id: id, json: json.bytes)
  }
}

extension [AuditChain] {
  /// Those that have a head, as archives hold them.
  public func lines(after: Int?, limit: Int) -> [TableLine] {
    let sorted = filter { $0.head != nil }.sorted { $0.server.utf8.lexicographicallyPrecedes($1.server.utf8) }
    let lines = sorted.enumerated().map { $1.line(id: $0 + 1) }
    return [TableLine](lines.filter { $0.id > after ?? 0 }.prefix(Swift.max(limit, 0)))
  }
}

extension AuditSeal {
  fileprivate func write(_ key: StaticString, into json: inout JSONWriter) {
    json.object(key) { json in
      json.field("number", number)
      json.field("hash", hash)
    }
  }
}

private struct EntryFields: Decodable {
  let id: Int
  let at: Int64
  let server: String
  let by: String
  let session: Int?
  let from: String?
  let request: String?
  let action: String
  let subjects: [String]
  let outcome: Int
  let count: Int
  let number: Int?
  let hash: String?
}

private struct ChainFields: Decodable {
  let server: String
  let base: SealFields?
  let head: SealFields
}

private struct SealFields: Decodable {
  let number: Int?
  let hash: String?

  var seal: AuditSeal? {
    guard let number, let hash else { return nil }
    return AuditSeal(number: number, hash: hash)
  }
}
