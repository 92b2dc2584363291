import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// A client that does over TCP exactly what it is told.
final class RawConnection: Sendable {
  private struct State {
    var received: [UInt8] = []
    var isClosed = false
  }

  /// Collects what comes; a closed input counts as the end.
  private final class Collector: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer
    let state = Mutex(State())

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = Array(unwrapInboundIn(data).readableBytesView)
      state.withLock { $0.received += bytes }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      if case ChannelEvent.inputClosed = event { state.withLock { $0.isClosed = true } }
    }

    func channelInactive(context: ChannelHandlerContext) { state.withLock { $0.isClosed = true } }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
  }

  private let channel: any Channel
  private let collector: Collector

  private init(channel: any Channel, collector: Collector) {
    self.channel = channel
    self.collector = collector
  }

  /// - Parameter reads: whether the client takes anything of what the server sends; its buffer is small if not.
  static func open(port: Int, reads: Bool = true) async throws -> RawConnection {
    let collector = Collector()
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { $0.pipeline.addHandler(collector) }
    if !reads {
      bootstrap = bootstrap.channelOption(.autoRead, value: false)
        .channelOption(.socketOption(.so_rcvbuf), value: 4096)
    }
    return RawConnection(
      channel: try await bootstrap.connect(host: "127.0.0.1", port: port).get(), collector: collector)
  }

  func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

  func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

  func closeOutput() async throws { try await channel.close(mode: .output) }

  /// Ends the connection with a reset, as a crashed client's system does.
  func reset() async throws {
    let options = channel as? any SocketOptionProvider
    try await options?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
    try await channel.close()
  }

  func close() async { try? await channel.close() }

  /// Takes one piece of what waits.
  func readOnce() { channel.read() }

  /// From now on, reads whatever comes.
  func readOn() async throws { try await channel.setOption(ChannelOptions.autoRead, value: true).get() }

  var text: String { String(decoding: collector.state.withLock { $0.received }, as: UTF8.self) }

  var byteCount: Int { collector.state.withLock { $0.received.count } }

  var isClosed: Bool { collector.state.withLock { $0.isClosed } }

  /// Waits until `condition` holds; false when it doesn't within ten seconds.
  @discardableResult
  func wait(until condition: (RawConnection) -> Bool) async throws -> Bool {
    for _ in 0..<2000 {
      if condition(self) { return true }
      try await Task.sleep(for: .milliseconds(5))
    }
    return condition(self)
  }

  /// What has come when the server closes; nil when it doesn't within ten seconds.
  func untilClosed() async throws -> String? {
    try await wait { $0.isClosed } ? text : nil
  }

  /// What has come once it contains `needle`.
  func until(_ needle: String) async throws -> String {
    try await wait { $0.text.contains(needle) || $0.isClosed }
    return text
  }
}
