import Foundation
import Testing

/// Calls of a server's API, one after the other, each with the status that is documented for it.
struct Conversation {
  let curl: Curl
  private(set) var answers: [Answer] = []
  private var mask = Mask()

  init(_ curl: Curl) {
    self.curl = curl
  }

  /// Calls, and remembers the answer.
  ///
  /// - Parameters:
  ///   - code: what `error.code` is to be.
  ///   - hiding: fields of the answer that are not remembered, at any depth.
  ///   - form: what is remembered in place of the response.
  @discardableResult
  mutating func ask(
    _ status: Int, _ path: String, _ options: [String] = [], code: String? = nil, key: String? = nil,
    hiding: [String] = [], form: (HTTPClient.Response) async throws -> HTTPClient.Response = { $0 }
  ) async throws -> HTTPClient.Response {
    let call = "\(answers.count): \(path)"
    let response = try await curl.send(path, options, key: key)
    #expect(response.status == status, "\(call): \(String(decoding: response.body.prefix(500), as: UTF8.self))")
    if let code {
      #expect(response.json["success"] as? Bool == false, "\(call)")
      #expect(response.json["message"] is String, "\(call)")
      #expect((response.json["error"] as? [String: Any])?["code"] as? String == code, "\(call)")
    } else if status < 300, !response.body.isEmpty, response.headers["content-disposition"] == nil,
      response.headers["content-type"]?.hasPrefix("application/json") == true
    {
      #expect(response.json["success"] as? Bool == true, "\(call)")
    }
    answers.append(try mask.answer(call, try await form(response), hiding: hiding))
    return response
  }

  /// Writes a file for curl to send.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    try Data(bytes).write(to: URL(filePath: curl.folder + "/" + name))
    return curl.folder + "/" + name
  }

  /// Options that send an object as JSON.
  static func json(_ method: String, _ object: [String: Any]) throws -> [String] {
    let text = try JSONSerialization.data(withJSONObject: object)
    return [
      "-X", method, "-H", "Content-Type: application/json", "--data-binary", String(decoding: text, as: UTF8.self),
    ]
  }
}

extension HTTPClient.Response {
  /// `data` of a success.
  var data: [String: Any] { json["data"] as? [String: Any] ?? [:] }

  var imageID: String { data["imageId"] as? String ?? "" }

  var keypoints: [[String: Any]] { data["keypoints"] as? [[String: Any]] ?? [] }

  var tag: String { headers["etag"] ?? "" }
}
