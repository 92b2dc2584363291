import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Hummingbird's HTTP/1.1 channel, with limits against slow clients, and connections closed as HTTP specifies.
struct LimitedHTTPChannel: ServerChildChannel, HTTPChannelHandler {
  struct Value: ServerChildChannelValue {
    let http: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    let client: ClientConnection
    var channel: any Channel { http.channel }
  }

  let responder: Responder
  let limits: ConnectionPace.Limits
  let connections: ConnectionTable
  /// As in ``PublicAddress``.
  let basePath: String

  private static let decoderLimits: NIOHTTPDecoderLimitConfiguration = {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = 16 * 1024
    limits.maxHeaderListSize = 32 * 1024
    limits.maxHeaderFieldCount = 100
    return limits
  }()

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let client = ClientConnection(channel: channel)
      let connection = connections.admit(channel)
      let exchange = ExchangeHandler(limits, connection, basePath: basePath)
      let pipeline = channel.pipeline.syncOperations
      // the exchange's handler does that
      var encoding = HTTPResponseEncoder.Configuration()
      encoding.automaticallySetFramingHeaders = false
      try pipeline.addHandler(WireHandler(below: exchange, client: client, connection: connection))
      try pipeline.configureHTTPServerPipeline(
        withPipeliningAssistance: true, withErrorHandling: false, withOutboundHeaderValidation: false,
        withEncoderConfiguration: encoding,
        withDecoderLimitConfiguration: Self.decoderLimits)
      try pipeline.addHandler(exchange)
      try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
      let http = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
        wrappingChannelSynchronously: channel,
        configuration: NIOAsyncChannel.Configuration(isOutboundHalfClosureEnabled: true))
      return Value(http: http, client: client)
    }
  }

  func handle(value: Value, logger: Logger) async {
    await ClientConnection.$current.withValue(value.client) {
      await handleHTTP(asyncChannel: value.http, logger: logger)
    }
  }
}

extension ConnectionPace.Limits {
  init(_ configuration: ServerConfiguration) {
    self.init(
      header: configuration.headerDeadline, uploadRate: configuration.minimumUploadRate,
      uploadWindow: configuration.uploadRateWindow, body: configuration.bodyTimeout,
      stalledReader: configuration.stalledReaderDeadline,
      idle: configuration.idleTimeout)
  }
}
