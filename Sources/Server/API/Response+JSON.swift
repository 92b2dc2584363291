import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

extension Response {
  /// `{"success":true, …}` with what `write` adds.
  static func success(
    _ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], capacity: Int = 512,
    _ write: (inout JSONWriter) -> Void
  ) -> Response {
    var json = JSONWriter(capacity: capacity)
    json.object { json in
      json.field("success", true)
      write(&json)
    }
    return .json(status, headers: headers, json)
  }

  static func json(_ status: HTTPResponse.Status, headers: HTTPFields = [:], _ json: JSONWriter) -> Response {
    .json(status, headers: headers, json.bytes)
  }

  /// - Parameter json: one complete JSON value.
  static func json(_ status: HTTPResponse.Status, headers: HTTPFields = [:], _ json: [UInt8]) -> Response {
    var headers = headers
    headers[.contentType] = "application/json; charset=utf-8"
    return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
  }
}
