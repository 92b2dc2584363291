import NIOCore

/// Next to the socket: tells the ``ExchangeHandler`` how bytes come and go, and the routes when the client leaves.
final class WireHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer

  private let exchange: ExchangeHandler
  private let client: ClientConnection

  init(_ exchange: ExchangeHandler, _ client: ClientConnection) {
    self.exchange = exchange
    self.client = client
  }

  func read(context: ChannelHandlerContext) {
    exchange.pace.waits(true, at: exchange.now)
    context.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    exchange.pace.received(unwrapInboundIn(data).readableBytes, at: exchange.now)
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    exchange.pace.waits(false, at: exchange.now)
    context.fireChannelReadComplete()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    exchange.pace.queued(unwrapOutboundIn(data).readableBytes)
    context.write(data, promise: promise)
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
