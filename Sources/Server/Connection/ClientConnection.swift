import HTTPTypes
import NIOCore
import NIOHTTPTypes
import PoseCore
import Synchronization

/// The connection of a request, as far as a route needs it.
final class ClientConnection: Sendable {
  /// Set while the connection's requests are handled.
  @TaskLocal static var current: ClientConnection?

  private struct State {
    var isGone = false
    var lastKey = 0
    var whenGone: [Int: @Sendable () -> Void] = [:]
  }

  /// The other end, which may be a proxy; nil if it has no IP address.
  let peer: NetworkAddress?

  private let channel: any Channel
  private let state = Mutex(State())

  init(channel: any Channel) {
    self.channel = channel
    peer = NetworkAddress(channel.remoteAddress)
  }

  /// Answers `Expect: 100-continue`.
  func sendContinue() async throws {
    try await channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)))
  }

  /// Ends the request's body with `failure`, which is then thrown by the route that reads it.
  func giveUp(_ failure: PoseVaultError) { channel.pipeline.fireErrorCaught(failure) }

  /// Runs `body` in a task that is cancelled when the client closes its side, as well as with the calling task.
  func cancelWhenGone<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let task = Task(operation: body)
    let key = notify { task.cancel() }
    defer { state.withLock { _ = $0.whenGone.removeValue(forKey: key) } }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  /// The client has closed its side; as in other servers, this counts as leaving.
  func markGone() {
    let calls = state.withLock { state in
      state.isGone = true
      defer { state.whenGone = [:] }
      return Array(state.whenGone.values)
    }
    for call in calls { call() }
  }

  private func notify(_ call: @escaping @Sendable () -> Void) -> Int {
    let (key, isGone) = state.withLock { state in
      state.lastKey += 1
      if !state.isGone { state.whenGone[state.lastKey] = call }
      return (state.lastKey, state.isGone)
    }
    if isGone { call() }
    return key
  }
}
