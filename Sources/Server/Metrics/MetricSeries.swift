import Metrics
import Synchronization

/// One time series: a sum, a current value, or a distribution.
final class MetricSeries: CounterHandler, MeterHandler, RecorderHandler, TimerHandler {
  /// Upper bounds in seconds, from a quick response to the longest wait for a worker.
  private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

  private struct State {
    var value = 0.0
    var count = 0
    /// Those no longer than each bound and longer than the previous one.
    var buckets = [Int](repeating: 0, count: MetricSeries.bounds.count)
  }

  private let kind: PrometheusMetrics.Kind
  private let state = Mutex(State())

  init(_ kind: PrometheusMetrics.Kind) { self.kind = kind }

  func increment(by amount: Int64) { state.withLock { $0.value += Double(amount) } }
  func reset() { state.withLock { $0 = State() } }

  func set(_ value: Int64) { set(Double(value)) }
  func set(_ value: Double) { state.withLock { $0.value = value } }
  func increment(by amount: Double) { state.withLock { $0.value += amount } }
  func decrement(by amount: Double) { state.withLock { $0.value -= amount } }

  func record(_ value: Int64) { record(Double(value)) }
  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

  func record(_ value: Double) {
    guard kind == .histogram else { return set(value) }
    state.withLock { state in
      state.value += value
      state.count += 1
      if let bucket = Self.bounds.firstIndex(where: { value <= $0 }) { state.buckets[bucket] += 1 }
    }
  }

  /// - Parameter labels: as written between braces.
  func text(_ name: String, labels: String) -> String {
    let state = state.withLock { $0 }
    let braces = labels.isEmpty ? "" : "{\(labels)}"
    guard kind == .histogram else { return "\(name)\(braces) \(state.value)\n" }
    let others = labels.isEmpty ? "" : labels + ","
    var text = ""
    var sum = 0
    for (bound, count) in zip(Self.bounds, state.buckets) {
      sum += count
      text += "\(name)_bucket{\(others)le=\"\(bound)\"} \(sum)\n"
    }
    return text + "\(name)_bucket{\(others)le=\"+Inf\"} \(state.count)\n"
      + "\(name)_sum\(braces) \(state.value)\n\(name)_count\(braces) \(state.count)\n"
  }
}
