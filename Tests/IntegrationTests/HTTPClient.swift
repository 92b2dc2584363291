import Foundation
import Glibc

/// One request, one connection, no retries: whoever gets a response got it whole, from this server.
struct HTTPClient: Sendable {
  struct Response: Sendable {
    var status: Int
    /// By name in lower case.
    var headers: [String: String]
    var body: [UInt8]

    /// The body as a JSON object.
    var json: [String: Any] {
      (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }
  }

  /// The connection broke before the whole response was there.
  struct Disconnected: Error {}

  let port: Int

  func send(
    _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = []
  ) async throws -> Response {
    let request = request(method, path, headers, body)
    return try await withCheckedThrowingContinuation { continuation in
      // a queue has few threads, and makes others wait
      Thread.detachNewThread { [port] in continuation.resume(with: Result { try Self.exchange(request, port) }) }
    }
  }

  /// Sends a request, and is gone this long after it was sent, whatever came by then.
  func leave(
    _ method: String, _ path: String, headers: [String: String] = [:], body: [UInt8] = [], after time: Duration
  ) async throws {
    let socket = try Self.connect(port)
    defer { close(socket) }
    Self.write(request(method, path, headers, body), to: socket)
    try await Task.sleep(for: time)
  }

  private func request(_ method: String, _ path: String, _ headers: [String: String], _ body: [UInt8]) -> [UInt8] {
    var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if !body.isEmpty { head += "Content-Length: \(body.count)\r\n" }
    return Array((head + "\r\n").utf8) + body
  }

  private static func exchange(_ request: [UInt8], _ port: Int) throws -> Response {
    let socket = try connect(port)
    defer { close(socket) }
    write(request, to: socket)
    var response: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(socket, &piece, piece.count, 0)
      guard count >= 0 else { throw Disconnected() }
      if count == 0 { break }
      response += piece[..<count]
    }
    return try parse(response)
  }

  private static func write(_ request: [UInt8], to socket: Int32) {
    var sent = 0
    while sent < request.count {
      let count = request.withUnsafeBytes { bytes in
        Glibc.send(socket, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      // a server that refuses may have answered before everything was sent
      guard count > 0 else { break }
      sent += count
    }
  }

  static func connect(_ port: Int) throws -> Int32 {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var timeout = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      close(socket)
      throw Disconnected()
    }
    return socket
  }

  /// Reads the last response in `bytes`, after a "100 Continue".
  private static func parse(_ bytes: [UInt8]) throws -> Response {
    guard let end = Data(bytes).firstRange(of: Data("\r\n\r\n".utf8)) else { throw Disconnected() }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count >= 2, let status = Int(words[1]) else { throw Disconnected() }
    let body = Array(bytes[end.upperBound...])
    if status == 100 { return try parse(body) }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    if let length = headers["content-length"].flatMap(Int.init), length != body.count { throw Disconnected() }
    return Response(status: status, headers: headers, body: body)
  }
}
