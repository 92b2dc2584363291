import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// `GET /api/audit`: who did what, newest first, as JSON or CSV.
struct AuditRoute: Sendable {
  let trail: any AuditTrail

  static let maxLimit = 1000
  static let parameters = ["limit", "after", "by", "action", "subject", "from", "to", "server", "format"]

  @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let query = Query(request)
    let limit = try query.integer("limit", in: 1...Self.maxLimit) ?? 100
    let after = try query.integer("after", in: 1...Int.max)
    let isCSV = try query.choice("format", of: ["json", "csv"]) == "csv"
    let filter = AuditFilter(
      by: query.text("by"), action: query.text("action"), subject: query.text("subject"),
      from: try query.seconds("from")?.lowerBound, before: try query.seconds("to")?.upperBound,
      server: query.text("server"))
    // one more than asked for tells whether another page follows
    let lines = try await trail.entries(of: filter, before: after, limit: limit + 1)
    let page = lines.prefix(limit)
    if isCSV { return Self.csv(page) }
    let chains = try await trail.chains()
    return .success(headers: [.cacheControl: "no-store"], capacity: 512 * (page.count + 1)) { json in
      json.object("data") { json in
        json.array("entries") { json in
          for line in page { json.object { line.writeShown(into: &$0) } }
        }
        json.array("chains") { json in
          for chain in chains { json.object { chain.writeFields(into: &$0) } }
        }
        json.object("pagination") { json in
          json.field("limit", limit)
          json.field("next", lines.count > limit ? page.last?.id : nil)
        }
      }
    }
  }

  private static func csv(_ lines: some Sequence<AuditLine>) -> Response {
    var text = "id,at,server,by,session,from,request,action,subjects,outcome,count,number,hash\n"
    for line in lines {
      let entry = line.entry
      let cells = [
        "\(line.id)", Timestamp.iso8601(entry.at), entry.server, entry.by, entry.session.map { "\($0)" } ?? "",
        entry.from ?? "", entry.request ?? "", entry.action, entry.subjects.joined(separator: " "), "\(entry.outcome)",
        "\(entry.count)", line.seal.map { "\($0.number)" } ?? "", line.seal?.hash ?? "",
      ]
      text += cells.map(cell).joined(separator: ",") + "\n"
    }
    let headers: HTTPFields = [
      .contentType: "text/csv; charset=utf-8", .cacheControl: "no-store",
      .contentDisposition: "attachment; filename=\"audit.csv\"",
    ]
    return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// As OWASP recommends: none is a formula.
  private static func cell(_ text: String) -> String {
    let safe = text.first.map { "=+-@\t\r".contains($0) } ?? false ? "'" + text : text
    guard safe.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return safe }
    return "\"" + safe.replacing("\"", with: "\"\"") + "\""
  }
}

extension AuditLine {
  fileprivate func writeShown(into json: inout JSONWriter) {
    json.field("id", id)
    json.field("time", time: entry.at)
    entry.writeFields(into: &json)
    json.field("number", seal?.number)
    json.field("hash", seal?.hash)
  }
}

extension AuditChain {
  fileprivate func writeFields(into json: inout JSONWriter) {
    json.field("server", server)
    json.field("number", head?.number)
    json.field("hash", head?.hash)
    json.field("from", (base?.number ?? 0) + 1)
  }
}
