import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// A failure as a page, for a person who opened an address in a browser.
enum FailurePage {
  /// Whether the client prefers HTML to JSON, as browsers do when they open an address; clients that accept anything
  /// are programs.
  static func isWanted(by request: Request) -> Bool {
    guard let accept = request.headers[.accept] else { return false }
    return Accept(accept).preferred(of: ["application/json", "text/html"]) == "text/html"
  }

  /// The same status and fields as the failure in JSON.
  static func response(_ failure: PoseVaultError, at address: PublicAddress) -> Response {
    var response = Response.failure(failure)
    let status = failure.code.status
    let title = escaped("\(status.code) \(status.reasonPhrase)")
    // who is refused by name or origin is refused at the page, too
    let link = status == .forbidden ? "" : "<p><a href=\"\(escaped(address.path))/\">PoseVault</a></p>\n"
    let page = """
      <!doctype html>
      <html lang="en">
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title)</title>
      <h1>\(title)</h1>
      <p>\(escaped(failure.message))</p>
      \(link)</html>

      """
    response.headers[.contentType] = "text/html; charset=utf-8"
    response.headers[.contentLength] = nil
    return Response(
      status: response.status, headers: response.headers, body: ResponseBody(byteBuffer: ByteBuffer(string: page)))
  }

  /// By scalars, as browsers read it: next to a combining mark, a special character is not a `Character` of its own.
  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\"": "&quot;"
      default: String(scalar)
      }
    }.joined()
  }
}
