public import Metrics
import Synchronization

/// Metrics of the running process, in Prometheus' text format, version 0.0.4.
///
/// Series are kept for as long as the process runs: their labels are few by design (routes as registered, never
/// requested paths).
public final class PrometheusMetrics: MetricsFactory {
  enum Kind: String { case counter, gauge, histogram }

  private struct Family {
    let kind: Kind
    var series: [String: MetricSeries] = [:]
  }

  private let families = Mutex<[String: Family]>([:])

  public init() {}

  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    series(label, dimensions, kind: .counter)
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    series(label, dimensions, kind: .gauge)
  }

  public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    series(label, dimensions, kind: aggregate ? .histogram : .gauge)
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    series(label, dimensions, kind: .histogram)
  }

  public func destroyCounter(_ handler: any CounterHandler) {}
  public func destroyMeter(_ handler: any MeterHandler) {}
  public func destroyRecorder(_ handler: any RecorderHandler) {}
  public func destroyTimer(_ handler: any TimerHandler) {}

  /// The series with that name and those labels; an unregistered one if the name is already used for another kind.
  private func series(_ label: String, _ dimensions: [(String, String)], kind: Kind) -> MetricSeries {
    let labels = dimensions.map { "\(Self.name($0))=\"\(Self.escaped($1))\"" }.joined(separator: ",")
    return families.withLock { families in
      let name = Self.name(label)
      guard families[name, default: Family(kind: kind)].kind == kind else { return MetricSeries(kind) }
      if let known = families[name]?.series[labels] { return known }
      let series = MetricSeries(kind)
      families[name, default: Family(kind: kind)].series[labels] = series
      return series
    }
  }

  /// All families by name, each with its type.
  public var text: String {
    families.withLock { families in
      families.sorted { $0.key < $1.key }.map { name, family in
        "# TYPE \(name) \(family.kind.rawValue)\n"
          + family.series.sorted { $0.key < $1.key }.map { $1.text(name, labels: $0) }.joined()
      }.joined()
    }
  }

  private static func name(_ label: String) -> String {
    let name = String(label.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") ? $0 : "_" })
    return name.first?.isNumber ?? true ? "_" + name : name
  }

  private static func escaped(_ value: String) -> String {
    value.map { character in
      switch character {
      case "\\": #"\\"#
      case "\"": #"\""#
      case "\n", "\r\n": #"\n"#
      default: String(character)
      }
    }.joined()
  }
}
