import Curl
import Foundation
import Logging
import S3
import Synchronization
import TestServers
import Testing

enum Sample {
  /// Bytes that don't repeat, with all values among them.
  static func bytes(_ count: Int, seed: UInt64 = 88_172_645_463_325_252) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state)
    }
  }

  static func credentials() throws -> S3Credentials {
    try S3Credentials(accessKeyID: SeaweedFSServer.accessKeyID, secret: SeaweedFSServer.secret)
  }

  /// Runs `body` with a file of these bytes.
  static func withFile<Value>(_ bytes: [UInt8], _ body: (String) async throws -> Value) async throws -> Value {
    let file = FileManager.default.temporaryDirectory.appending(path: "posevault-s3-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(bytes).write(to: file)
    return try await body(file.path)
  }
}

/// What was logged.
final class LogLines: Sendable {
  private let kept = Mutex<[String]>([])

  var lines: [String] { kept.withLock { $0 } }

  func logger() -> Logger { Logger(label: "test") { _ in Handler(lines: self) } }

  private struct Handler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      lines.kept.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
  }
}

/// A server that misbehaves as it is told to, and a bucket on it.
struct OddServer {
  struct Asked: Decodable {
    var method: String
    var path: String
    var connection: Int
    var headers: [String: String]
    var sha256: String
    var length: Int
  }

  let server: PythonServer
  let bucket: S3Bucket
  let log = LogLines()

  init(
    _ answers: [String], patience: S3Patience = S3Patience(attempts: 4, first: .milliseconds(1)),
    limits: TransferLimits = TransferLimits(connect: 5, reply: 5, total: 60), trusts: Bool = true
  ) throws {
    server = try PythonServer("s3_server.py", answers)
    let scheme = ["tls", "stranger"].contains(answers.first) ? "https" : "http"
    bucket = S3Bucket(
      try S3Location(
        bucket: "bucket", region: "us-east-1", endpoint: "\(scheme)://127.0.0.1:\(server.port)", isPathStyle: true,
        certificates: scheme == "https" && trusts ? server.folder + "/ca.pem" : nil),
      credentials: try Sample.credentials(), connections: 4, limits: limits, patience: patience,
      log: log.logger())
  }

  /// What was asked, in order.
  func asked() throws -> [Asked] {
    try (1...max(server.count, 1)).prefix(server.count).map { try server.known($0) }
  }

  func methods() throws -> [String] { try asked().map(\.method) }
}
