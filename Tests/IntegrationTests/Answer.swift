import Foundation

/// What a server answered, without what differs from one server to the next.
struct Answer: Equatable, CustomStringConvertible {
  let call: String
  let status: Int
  let headers: [String: String]
  /// JSON, of one or many lines, with sorted keys and without spaces, or what came.
  let body: [UInt8]

  var description: String {
    let fields = headers.sorted { $0.key < $1.key }.map { "\($0): \($1)" }
    return ([call, "\(status)"] + fields + [String(validating: body, as: UTF8.self) ?? "\(body.count) bytes"])
      .joined(separator: "\n")
  }
}

/// Replaces ids of pictures, tags of poses, times, cookies and ports. The same id always gets the same number.
struct Mask {
  private var numbers: [String: Int] = [:]

  /// - Parameter hidden: fields of the JSON that are left out.
  mutating func answer(_ call: String, _ response: HTTPClient.Response, hiding hidden: [String] = []) throws -> Answer {
    var (headers, body) = (response.headers, response.body)
    headers["date"] = nil
    headers["x-request-id"] = nil
    // whether a refusal comes before the whole upload was sent is a race
    headers["connection"] = nil
    if headers["content-type"]?.hasPrefix("application/json") == true {
      headers["content-length"] = nil
      // HEAD's answer has none
      if !body.isEmpty { body = try Self.sorted(Data(body), without: hidden) }
    } else if headers["content-type"] == "application/x-ndjson" {
      body = try Array(
        body.split(separator: 10).map { try Self.sorted(Data($0), without: hidden) }.joined(separator: [10]))
    }
    if let text = String(validating: body, as: UTF8.self) { body = Array(masked(text).utf8) }
    // in this order, so that numbers are given in the same order
    for (name, value) in headers.sorted(by: { $0.key < $1.key }) { headers[name] = masked(value) }
    return Answer(call: masked(call), status: response.status, headers: headers, body: body)
  }

  private static func sorted(_ json: Data, without hidden: [String]) throws -> [UInt8] {
    let value = without(hidden, try JSONSerialization.jsonObject(with: json))
    return Array(try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes]))
  }

  private static func without(_ names: [String], _ value: Any) -> Any {
    switch value {
    case let object as [String: Any]:
      object.filter { !names.contains($0.key) }.mapValues { without(names, $0) }
    case let array as [Any]: array.map { without(names, $0) }
    default: value
    }
  }

  private mutating func masked(_ text: String) -> String {
    text.replacing(/127\.0\.0\.1:[0-9]+/, with: "HOST")
      .replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.000Z/, with: "TIME")
      .replacing(/posevault_session=[0-9a-f]+/, with: "COOKIE")
      // of a backup, and of an export
      .replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}(-backup|\.(jsonl|csv|json))/) { match in "DAY\(match.1)" }
      // COCO's, a hash of the picture's id
      .replacing(/("image_id":|"id":)[0-9]{12,19}\b/) { match in "\(match.1)HASH" }
      .replacing(/[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT/, with: "TIME")
      // a pose's tag changes with its second; a picture's, of 64 digits, stays
      .replacing(/\b[0-9a-f]{32}\b/.wordBoundaryKind(.simple), with: "TAG")
      .replacing(/\b[0-9a-fA-F]{24}\b/.wordBoundaryKind(.simple)) { match in
        let id = match.0.lowercased()
        let number = numbers[id] ?? numbers.count
        numbers[id] = number
        return "IMAGE-\(number)"
      }
  }
}
