import NIOCore

/// Next to the socket: tells the ``ExchangeHandler`` about incoming and outgoing bytes, and the routes when the client
/// leaves.
final class WireHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer

  private let exchange: ExchangeHandler
  private let client: ClientConnection
  private let connection: ConnectionTable.Connection

  /// Smaller amounts of a response are not worth counting.
  private static let counted = 16 * 1024

  init(below exchange: ExchangeHandler, client: ClientConnection, connection: ConnectionTable.Connection) {
    self.exchange = exchange
    self.client = client
    self.connection = connection
  }

  func read(context: ChannelHandlerContext) {
    exchange.pace.waits(true, at: exchange.now)
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    exchange.received(unwrapInboundIn(data).readableBytes)
    context.fireChannelRead(data)
    exchange.checkFraming()
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    exchange.pace.waits(false, at: exchange.now)
    context.fireChannelReadComplete()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    let bytes = unwrapOutboundIn(data).readableBytes
    exchange.pace.queued(bytes)
    guard bytes >= Self.counted else { return context.write(data, promise: promise) }
    let written = promise ?? context.eventLoop.makePromise(of: Void.self)
    written.futureResult.whenComplete { [connection] _ in connection.sent(bytes) }
    connection.queued(bytes)
    context.write(data, promise: written)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event { client.markGone() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    client.markGone()
    context.fireChannelInactive()
  }
}

@available(*, unavailable)
extension WireHandler: Sendable {}
