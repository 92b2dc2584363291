import NIOCore
import NIOHTTP1
import PoseCore

/// Follows one exchange after the other on a connection; closes it when HTTP requires it, and when a client is too
/// slow.
///
/// A response sent before its request has been read completely has `Connection: close`; the rest of the request is then
/// discarded for a moment, since closing at once would make the client's system discard the response.
///
/// A request that a client sends before it has read the last response has to wait: otherwise the next response, such as
/// a drawn picture, would be in memory without ``ConnectionTable`` counting it.
final class ExchangeHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private enum Held {
    case part(HTTPServerRequestPart)
    /// The client has closed its side after its request.
    case inputClosed
  }

  private enum Closing {
    case no
    case afterResponse
    /// The response has been sent; anything that still arrives is discarded.
    case lingering
  }

  var pace: ConnectionPace
  private let connection: ConnectionTable.Connection
  private let basePath: String
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let tick: Duration
  private var keepsAlive = true
  private var isHTTP10 = false
  /// Whether the request under way asks for the fields alone.
  private var isHead = false
  private var requestIsOpen = false
  private var body = BodyFraming()
  private var responseIsOpen = false
  /// Responses that are complete but have not been read.
  private var untaken = 0
  private var closing = Closing.no
  /// What has arrived while the client still reads an earlier response, beginning with a request's head.
  private var held: [Held] = []
  /// Whether more was requested meanwhile.
  private var holdsRead = false
  private var timer: RepeatedTask?
  private var context: ChannelHandlerContext?
  /// When the connection ends in any case.
  private var endsAt: Duration?

  /// How long a client that is still sending has to notice the end.
  private static let lingerTime: Duration = .seconds(2)
  /// How long a route has to respond after its request body was given up.
  private static let answerTime: Duration = .seconds(10)

  init(_ limits: ConnectionPace.Limits, _ connection: ConnectionTable.Connection, basePath: String) {
    self.connection = connection
    self.basePath = basePath
    start = clock.now
    pace = ConnectionPace(limits, at: .zero)
    let shortest = min(limits.header, limits.uploadWindow, limits.body, limits.stalledReader, limits.idle)
    tick = max(.milliseconds(5), min(.seconds(1), shortest / 4))
  }

  /// Since the connection was opened.
  var now: Duration { clock.now - start }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    timer = context.eventLoop.scheduleRepeatedTask(initialDelay: TimeAmount(tick), delay: TimeAmount(tick)) { _ in
      let (handler, context) = bound.value
      handler.check(context)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timer?.cancel()
    self.context = nil
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard closing != .lingering else { return }
    let part = unwrapInboundIn(data)
    guard held.isEmpty else { return held.append(.part(part)) }
    switch part {
    case .head where !context.channel.isWritable:
      held.append(.part(part))
    case .head(var head):
      isHead = head.method == .HEAD
      if let fault = RequestHeadRules.fault(of: head) { return refuse(context, fault) }
      head = RequestHeadRules.withoutAbsoluteTarget(head)
      // a proxy may pass the path on as it is or without that part
      if !basePath.isEmpty, head.uri.hasPrefix(basePath + "/") { head.uri.removeFirst(basePath.count) }
      guard connection.beginExchange(isForHealth: Self.isForHealth(head)) else {
        return refuse(context, PoseVaultError(.queueFull, "The server is busy: too many connections at once."))
      }
      requestIsOpen = true
      responseIsOpen = true
      isHTTP10 = head.version.minor == 0
      // NIO reads nothing more behind an offer of another protocol, though it isn't taken up
      keepsAlive = head.isKeepAlive && !head.headers.contains(name: "upgrade") && head.method != .CONNECT
      pace.headerEnded(at: now)
      body = BodyFraming()
      // that version knows no expectations
      if isHTTP10 { head.headers.remove(name: "expect") }
      context.fireChannelRead(wrapInboundOut(.head(head)))
    case .body(let bytes):
      body.content += bytes.readableBytes
      context.fireChannelRead(data)
    case .end:
      requestIsOpen = false
      pace.bodyEnded()
      context.fireChannelRead(data)
    }
  }

  func read(context: ChannelHandlerContext) {
    if held.isEmpty { context.read() } else { holdsRead = true }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    context.fireChannelWritabilityChanged()
    guard !held.isEmpty, context.channel.isWritable else { return }
    let waiting = held
    held = []
    for item in waiting {
      switch item {
      case .part(let part): channelRead(context: context, data: wrapInboundOut(part))
      case .inputClosed: userInboundEventTriggered(context: context, event: ChannelEvent.inputClosed)
      }
    }
    context.fireChannelReadComplete()
    guard holdsRead else { return }
    holdsRead = false
    read(context: context)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where head.status.code >= 200:
      let endsByClosing = frame(&head)
      if !keepsAlive || requestIsOpen || endsByClosing || head.headers[canonicalForm: "connection"].contains("close") {
        closing = .afterResponse
        head.headers.replaceOrAdd(name: "connection", value: "close")
      } else if isHTTP10 {
        head.headers.replaceOrAdd(name: "connection", value: "keep-alive")
      }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body where isHead:
      promise?.succeed()
    case .end:
      responseIsOpen = false
      isHead = false
      connection.endExchange()
      let taken = promise ?? context.eventLoop.makePromise(of: Void.self)
      tellWhenTaken(taken, context)
      if closing == .afterResponse {
        linger(context, end: data, written: taken)
      } else {
        pace.exchangeEnded(at: now)
        context.write(data, promise: taken)
      }
    default:
      context.write(data, promise: promise)
    }
  }

  /// Says how the response's content ends, if it may have any; true where only the connection's end says it.
  ///
  /// NIO would do so itself, but knows neither what was asked nor by which version: it put chunks behind answers to HEAD,
  /// and into those to HTTP/1.0 (RFC 9112, sections 6.1 and 6.3).
  private func frame(_ head: inout HTTPResponseHead) -> Bool {
    head.headers.remove(name: "transfer-encoding")
    guard head.status.mayHaveResponseBody else {
      head.headers.remove(name: "content-length")
      return false
    }
    guard !isHead, !head.headers.contains(name: "content-length") else { return false }
    if isHTTP10 { return true }
    head.headers.add(name: "transfer-encoding", value: "chunked")
    return false
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard closing != .lingering else { return }
    // of another part of the server, which gives up this request's body
    if let failure = error as? PoseVaultError {
      if requestIsOpen { giveUp(context, failure) }
      return
    }
    guard let failure = PoseVaultError(protocolError: error) else { return context.fireErrorCaught(error) }
    giveUp(context, failure)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event {
      guard held.isEmpty else { return held.append(.inputClosed) }
      cutShort(context)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    held = []
    cutShort(context)
    context.fireChannelInactive()
  }

  /// Whether the request asks for the server's health, which is always allowed.
  private static func isForHealth(_ head: HTTPRequestHead) -> Bool {
    let components = head.uri.prefix { $0 != "?" }.split(separator: "/")
    return components.count >= 2 && components[0] == "api" && components[1] == "health"
  }

  /// Hummingbird treats a body whose connection ended as complete.
  private func cutShort(_ context: ChannelHandlerContext) {
    guard requestIsOpen, closing != .lingering else { return }
    context.fireErrorCaught(PoseVaultError(.badRequest, "The request's body is incomplete."))
  }

  /// Bytes arrived from the socket; ``BodyFraming`` determines how many belong to a body.
  func received(_ bytes: Int) {
    pace.received(bytes, at: now)
    if requestIsOpen { body.wire += bytes }
  }

  /// Call it when the received bytes have been decoded.
  func checkFraming() {
    guard requestIsOpen, closing == .no, endsAt == nil, body.isExcessive, let context else { return }
    giveUp(
      context,
      PoseVaultError(.bodyTooLarge, "The chunked body has too much overhead: extensions, zeros or trailers."))
  }

  /// The connection is idle once the system has the end of its last response, not before.
  private func tellWhenTaken(_ end: EventLoopPromise<Void>, _ context: ChannelHandlerContext) {
    untaken += 1
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    end.futureResult.whenComplete { _ in
      let handler = bound.value
      handler.untaken -= 1
      // the next answer may be complete by now; the table minds where its request is still under way
      if handler.untaken == 0 { handler.connection.taken() }
    }
  }

  /// Ends the output after the response, and the connection soon after.
  private func linger(_ context: ChannelHandlerContext, end: NIOAny, written: EventLoopPromise<Void>) {
    closing = .lingering
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    written.futureResult.whenComplete { _ in
      let (handler, context) = bound.value
      handler.endsAt = handler.now + Self.lingerTime
      context.close(mode: .output, promise: nil)
    }
    context.writeAndFlush(end, promise: written)
  }

  private func check(_ context: ChannelHandlerContext) {
    if let endsAt, now >= endsAt { return context.close(promise: nil) }
    let unsent = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    // the server doesn't read on, so nothing of the next request counts as late
    if !held.isEmpty { pace.exchangeEnded(at: now) }
    guard endsAt == nil, let verdict = pace.verdict(at: now, unsent: unsent) else { return }
    switch verdict {
    case .idle, .stalledReader: context.close(promise: nil)
    case _ where closing == .lingering: break
    case .slowHeader: giveUp(context, PoseVaultError(.requestTimeout, "The request's header took too long to arrive."))
    case .slowBody: giveUp(context, PoseVaultError(.requestTimeout, "The request's body arrived too slowly."))
    case .longBody: giveUp(context, PoseVaultError(.requestTimeout, "The request's body took too long to arrive."))
    }
  }

  /// Reports the problem to the client, through the route that reads the body if there is one.
  private func giveUp(_ context: ChannelHandlerContext, _ failure: PoseVaultError) {
    if responseIsOpen {
      endsAt = now + Self.answerTime
      context.fireErrorCaught(failure)
    } else {
      refuse(context, failure)
    }
  }

  /// Responds to something that is not a request. Its bytes bypass the pipeline's other handlers, for which nothing has
  /// happened.
  private func refuse(_ context: ChannelHandlerContext, _ failure: PoseVaultError) {
    closing = .lingering
    endsAt = now + Self.lingerTime
    let bytes = ByteBuffer(bytes: failure.httpResponse(withBody: !isHead))
    let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
    guard let front = try? context.pipeline.syncOperations.context(handlerType: WireHandler.self) else {
      return context.close(promise: nil)
    }
    let written = context.eventLoop.makePromise(of: Void.self)
    written.futureResult.whenComplete { _ in bound.value.close(mode: .output, promise: nil) }
    front.writeAndFlush(NIOAny(bytes), promise: written)
  }
}

extension ExchangeHandler {
  /// How much of a chunked body is not its content: sizes, extensions, trailers. Without a limit, a client could send
  /// gigabytes that are invisible to any limit on bodies (as in CVE-2024-22019).
  private struct BodyFraming {
    var wire = 0
    var content = 0

    /// A chunk of one byte, which some clients send, has five bytes of overhead.
    var isExcessive: Bool { wire - content > 64 * 1024 + 6 * content }
  }
}

@available(*, unavailable)
extension ExchangeHandler: Sendable {}
