import Foundation

/// What a server answered, without what differs from one server to the next.
struct Answer: Equatable, CustomStringConvertible {
  let call: String
  let status: Int
  let headers: [String: String]
  /// JSON with sorted keys and without spaces, or other bytes as they came.
  let body: [UInt8]

  var description: String {
    let fields = headers.sorted { $0.key < $1.key }.map { "\($0): \($1)" }
    let isText = headers["content-type"].map { !$0.hasPrefix("image/") } ?? true
    return ([call, "\(status)"] + fields + [isText ? String(decoding: body, as: UTF8.self) : "\(body.count) bytes"])
      .joined(separator: "\n")
  }
}

/// Replaces ids of pictures, tags of poses, times and ports. The same id always gets the same number.
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
      var object = response.json
      for name in hidden { object[name] = nil }
      let sorted = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
      body = Array(masked(String(decoding: sorted, as: UTF8.self)).utf8)
    }
    // in this order, so that numbers are given in the same order
    for (name, value) in headers.sorted(by: { $0.key < $1.key }) { headers[name] = masked(value) }
    return Answer(call: masked(call), status: response.status, headers: headers, body: body)
  }

  private mutating func masked(_ text: String) -> String {
    text.replacing(/127\.0\.0\.1:[0-9]+/, with: "HOST")
      .replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.000Z/, with: "TIME")
      .replacing(/[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT/, with: "TIME")
      // a pose's tag changes with its second; a picture's, of 64 digits, stays
      .replacing(/\b[0-9a-f]{32}\b/, with: "TAG")
      .replacing(/\b[0-9a-fA-F]{24}\b/) { match in
        let id = match.0.lowercased()
        let number = numbers[id] ?? numbers.count
        numbers[id] = number
        return "IMAGE-\(number)"
      }
  }
}
