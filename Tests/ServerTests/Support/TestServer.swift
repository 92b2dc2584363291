import Metrics
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import PoseCore
import ServiceLifecycle
import Synchronization

@testable import Server

/// 2025-12-10T10:30:00Z
let testTime: Int64 = 1_765_362_600

/// Of the whole test process, as a program has one.
let testMetrics: PrometheusMetrics = {
  let metrics = PrometheusMetrics()
  MetricsSystem.bootstrap(metrics)
  return metrics
}()

func makeServer(
  _ storage: MemoryStorage, _ extractor: FakeExtractor = FakeExtractor(),
  renderer: any PictureRenderer = FakeRenderer(), stores: HealthKeys = HealthKeys(),
  restoreMark: RestoreMark? = nil, storageTrouble: PoseVaultError? = nil,
  access: MemoryAccess = MemoryAccess(), audit: MemoryAudit = MemoryAudit(),
  configure: (inout ServerConfiguration) -> Void = { _ in }, logger: Logger = .silent,
  onListening: @escaping @Sendable (SocketAddress?) async -> Void = { _ in }
) -> PoseServer {
  var configuration = ServerConfiguration(port: 0)
  configuration.wrongKeyDelay = .zero
  configure(&configuration)
  return PoseServer(
    configuration: configuration, poses: storage, images: storage, storedImages: storage, extractor: extractor,
    renderer: renderer, backups: NoBackups(), trash: EmptyTrash(), eraser: NoEraser(), keys: NoKeys(), access: access,
    audit: audit,
    stores: stores,
    restoreMark: { restoreMark }, storageTrouble: { storageTrouble },
    metrics: testMetrics, clock: { testTime }, logger: logger, onListening: onListening)
}

extension Logger {
  static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

/// Drives the routes without a socket.
func withRoutes(
  _ storage: MemoryStorage, _ extractor: FakeExtractor = FakeExtractor(), stores: HealthKeys = HealthKeys(),
  restoreMark: RestoreMark? = nil, access: MemoryAccess = MemoryAccess(),
  configure: (inout ServerConfiguration) -> Void = { _ in },
  _ body: @Sendable (any TestClientProtocol) async throws -> Void
) async throws {
  let server = makeServer(
    storage, extractor, stores: stores, restoreMark: restoreMark, access: access, configure: configure)
  try await server.buildApplication().test(.router) { try await body($0) }
}

/// A running server: its port, and the way to stop it as SIGTERM does.
struct RunningServer: Sendable {
  let port: Int
  let stop: @Sendable () async -> Void
}

/// Runs a server on a port of its own while `body` plays its clients.
func withServer(
  _ storage: MemoryStorage = MemoryStorage(), _ extractor: FakeExtractor = FakeExtractor(),
  renderer: any PictureRenderer = FakeRenderer(), access: MemoryAccess = MemoryAccess(),
  configure: (inout ServerConfiguration) -> Void = { _ in },
  _ body: @escaping @Sendable (RunningServer) async throws -> Void
) async throws {
  let (ports, found) = AsyncStream.makeStream(of: Int.self)
  let server = makeServer(storage, extractor, renderer: renderer, access: access, configure: configure) {
    found.yield($0?.port ?? 0)
  }
  let group = ServiceGroup(services: [server], logger: .silent)
  try await withThrowingTaskGroup(of: Void.self) { tasks in
    tasks.addTask { try await group.run() }
    let port = await ports.first { _ in true } ?? 0
    do {
      try await body(RunningServer(port: port) { await group.triggerGracefulShutdown() })
    } catch {
      await group.triggerGracefulShutdown()
      throw error
    }
    await group.triggerGracefulShutdown()
    try await tasks.waitForAll()
  }
}

extension TestResponse {
  /// The body as a JSON object.
  var json: [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any]) ?? [:]
  }

  var data: [String: Any] { json["data"] as? [String: Any] ?? [:] }

  var errorCode: String? { (json["error"] as? [String: Any])?["code"] as? String }
}

extension TestClientProtocol {
  func send(
    _ method: HTTPRequest.Method, _ uri: String, headers: HTTPFields = [:], body: String? = nil
  ) async throws -> TestResponse {
    try await execute(uri: uri, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) }) { $0 }
  }

  /// Stores a picture with as many people as `picture` has letters `P`.
  func upload(_ picture: String = "P", query: String = "") async throws -> TestResponse {
    try await send(.post, "/api/extract-pose\(query)", body: picture)
  }
}
