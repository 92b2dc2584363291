#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import NIOCore

/// Pauses the listening socket for a moment if the system has no descriptor or memory for another connection.
///
/// Otherwise NIO would retry immediately for as long as this lasts, which takes half a core.
final class AcceptPause: ChannelInboundHandler {
  typealias InboundIn = any Channel

  private let table: ConnectionTable
  private let log: RepeatedLog
  private var isPausing = false

  private static let room = 32
  private static let pause = TimeAmount.milliseconds(500)

  init(_ table: ConnectionTable, log: RepeatedLog) {
    self.table = table
    self.log = log
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
      return context.fireErrorCaught(error)
    }
    log.warning("No more connections can be accepted: \(Self.reason(error.errnoCode))")
    guard !isPausing else { return }
    isPausing = true
    table.makeRoom(for: Self.room)
    try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    context.eventLoop.scheduleTask(in: Self.pause) {
      let (handler, context) = bound.value
      handler.isPausing = false
      try? context.channel.syncOptions?.setOption(.autoRead, value: true)
    }
  }

  private static func reason(_ errnoCode: CInt) -> String {
    switch errnoCode {
    case EMFILE: "the process has as many files and connections open as its limit (ulimit -n) allows."
    case ENFILE: "the system has as many files and connections open as its limit allows."
    default: "the system is short of memory."
    }
  }
}

@available(*, unavailable)
extension AcceptPause: Sendable {}
