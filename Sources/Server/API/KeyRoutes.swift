import Access
import HTTPTypes
import Hummingbird
public import PoseCore

/// `GET` and `POST /api/keys`, `DELETE /api/keys/{id}`.
struct KeyRoutes: Sendable {
  let ring: KeyRing
  let access: any AccessKeys
  let clock: @Sendable () -> Int64

  private static let maxBodyBytes = 4096
  private var hasOtherOwner: Bool { ring.rules.apiKey != nil }

  @Sendable func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let state = try await ring.wholeState()
    let now = clock()
    return .success(headers: [.cacheControl: "no-store"]) { json in
      json.object("data") { json in
        json.array("keys") { json in
          for key in state.keys { json.object { key.writeFields(at: now, into: &$0) } }
        }
        json.field("apiKey", hasOtherOwner)
      }
    }
  }

  /// Returns the key, only this once.
  @Sendable func add(_ request: Request, _ context: APIContext) async throws -> Response {
    let order = try await request.jsonBody(
      Order.self, limit: Self.maxBodyBytes, context,
      expected: #"Send {"name":"…","role":"…"}, and perhaps "until", all of them texts."#)
    let text = KeyText.makeKey()
    let now = clock()
    let key = try await access.addKey(
      NewAccessKey(
        name: order.name, role: order.role, sha256: KeyText.digest(text), createdAt: now, endsAt: order.endsAt,
        maker: Self.maker(context.caller)),
      hasOtherOwner: hasOtherOwner)
    ring.forget()
    return .success(.created, headers: [.cacheControl: "no-store"]) { json in
      json.field("message", "The key is shown this once; keep it somewhere safe.")
      json.object("data") { json in
        key.writeFields(at: now, into: &json)
        json.field("key", text)
      }
    }
  }

  private static func maker(_ caller: Caller?) -> NewAccessKey.Maker {
    switch caller?.proof {
    case .setting: .trusted
    case .key(let id): .key(id)
    case .nothing, nil: .nobody
    }
  }

  @Sendable func revoke(_ request: Request, _ context: APIContext) async throws -> Response {
    guard let id = context.parameters.get("id").flatMap({ Query.integer($0) }), id > 0 else {
      throw PoseVaultError(.badRequest, "A key's id is a whole number greater than 0.")
    }
    let now = clock()
    guard let key = try await access.revokeKey(id, at: now, hasOtherOwner: hasOtherOwner) else {
      throw PoseVaultError(.notFound, "There is no key \(id).")
    }
    ring.forget()
    return .success(headers: [.cacheControl: "no-store"]) { json in
      json.field("message", "The key is revoked")
      json.object("data") { key.writeFields(at: now, into: &$0) }
    }
  }

  /// A request for a key. Unknown fields are refused: a mistyped one could be its expiry.
  private struct Order: Decodable {
    let name: String
    let role: AccessRole
    let endsAt: Int64?

    private struct Field: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }

      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { return nil }
    }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: Field.self)
      let known = ["name", "role", "until"]
      for field in fields.allKeys.map(\.stringValue).sorted() where !known.contains(field) {
        let shown = String(EscapedText.line(String(field.prefix(60))).prefix(60))
        throw PoseVaultError(
          .badRequest, "A key has no field \"\(shown)\", only \(known.joined(separator: ", ")).",
          details: ["field": shown])
      }
      name = try fields.decode(String.self, forKey: Field(stringValue: "name"))
      let word = try fields.decode(String.self, forKey: Field(stringValue: "role"))
      guard let role = AccessRole(rawValue: word) else {
        throw PoseVaultError(
          .validationFailed, "role must be \(AccessRole.allCases.map(\.rawValue).joined(separator: ", ")).",
          details: ["field": "role"])
      }
      self.role = role
      endsAt = try fields.decodeIfPresent(String.self, forKey: Field(stringValue: "until")).map { text in
        guard let end = AccessKey.end(text) else {
          throw PoseVaultError(
            .validationFailed,
            "until must be a day such as 2027-12-31, the last one, or a time in UTC such as 2027-12-31T18:00:00Z.",
            details: ["field": "until"])
        }
        return end
      }
    }
  }
}

extension AccessKey {
  /// The expiry as written by a person: a day in UTC is the last valid one. nil for anything else.
  public static func end(_ text: String) -> Int64? {
    guard let seconds = Timestamp.seconds(of: text) else { return nil }
    return seconds.count > 1 ? seconds.upperBound : seconds.lowerBound
  }

  /// As in the API.
  public func writeFields(at now: Int64, into json: inout JSONWriter) {
    json.field("id", id)
    json.field("name", name)
    json.field("role", role.rawValue)
    json.field("state", revokedAt != nil ? "revoked" : isValid(at: now) ? "valid" : "ended")
    json.field("createdAt", time: createdAt)
    json.field("until", time: endsAt)
    json.field("revokedAt", time: revokedAt)
    json.field("lastUsedAt", time: lastUsedAt)
    json.field("lastUsedFrom", lastUsedFrom)
  }
}
