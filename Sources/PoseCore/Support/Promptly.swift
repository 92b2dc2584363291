/// What `ask` returns; nil if it fails, or hasn't returned within `limit`.
///
/// A call that hangs in a C library ignores cancellation, so it is abandoned rather than waited for.
public func promptly<Value: Sendable>(
  within limit: Duration, _ ask: @escaping @Sendable () async throws -> Value
) async -> Value? {
  let (answers, answer) = AsyncStream.makeStream(of: Value?.self, bufferingPolicy: .bufferingOldest(1))
  let asking = Task {
    let value = try? await ask()
    answer.yield(value)
  }
  let timer = Task {
    try? await Task.sleep(for: limit)
    answer.yield(nil)
  }
  defer {
    asking.cancel()
    timer.cancel()
  }
  return await answers.first { _ in true } ?? nil
}
