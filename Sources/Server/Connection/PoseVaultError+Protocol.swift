import HTTPTypes
import NIOHTTP1
import PoseCore

extension PoseVaultError {
  /// nil for errors that aren't the HTTP decoder's.
  init?(protocolError error: any Error) {
    guard let error = error as? HTTPParserError else { return nil }
    if error == .headerOverflow {
      self.init(.headerTooLarge, "The request's header is too large.")
    } else {
      self.init(.badRequest, "The request is not well-formed HTTP.", cause: error)
    }
  }

  /// A complete HTTP/1.1 response that ends the connection. No route has seen the request.
  var httpResponse: [UInt8] {
    let body = json.bytes
    let safety = AnswerSafetyMiddleware.headers(allowsOtherSites: false)
      .map { "\($0.name): \($0.value)\r\n" }.joined()
    let retry = code.status == .serviceUnavailable ? "Retry-After: 1\r\n" : ""
    let head = """
      HTTP/1.1 \(code.status.code) \(code.status.reasonPhrase)\r
      Content-Type: application/json; charset=utf-8\r
      Content-Length: \(body.count)\r
      Cache-Control: no-store\r
      \(safety)\(retry)Connection: close\r
      \r

      """
    return Array(head.utf8) + body
  }
}
