import Metrics
import HTTPTypes
import HummingbirdTesting
import NIOCore
import PoseCore
import Testing

@testable import Server

@Suite("Numbers for Prometheus")
struct MetricsTests {
  @Test("counters, gauges and histograms are written as the text format says")
  func text() {
    let metrics = PrometheusMetrics()
    Counter(label: "b.count", dimensions: [("path", "a\"b\\c\nd")], factory: metrics).increment(by: 3)
    Counter(label: "b.count", dimensions: [("path", "a\"b\\c\nd")], factory: metrics).increment()
    Meter(label: "a_level", factory: metrics).set(7)
    let timer = Timer(label: "c_seconds", dimensions: [("x", "y")], factory: metrics)
    for milliseconds in [5, 6, 40, 60_000] { timer.record(duration: .milliseconds(milliseconds)) }
    let lines = metrics.text.split(separator: "\n").map(String.init)
    #expect(
      lines[..<5] == [
        "# TYPE a_level gauge", "a_level 7.0", "# TYPE b_count counter", #"b_count{path="a\"b\\c\nd"} 4.0"#,
        "# TYPE c_seconds histogram",
      ])
    #expect(lines.contains(#"c_seconds_bucket{x="y",le="0.005"} 1"#))
    #expect(lines.contains(#"c_seconds_bucket{x="y",le="0.05"} 3"#))
    #expect(lines.contains(#"c_seconds_bucket{x="y",le="30.0"} 3"#))
    #expect(
      lines.suffix(3) == [
        #"c_seconds_bucket{x="y",le="+Inf"} 4"#, #"c_seconds_sum{x="y"} 60.051"#, #"c_seconds_count{x="y"} 4"#,
      ])
  }

  @Test("requests are counted by route and status, whatever was asked for; storage errors, too")
  func requests() async throws {
    let storage = MemoryStorage()
    try await withRoutes(storage) { client in
      for path in ["/api/poses/4711", "/api/poses/4712", "/nothing/here", "/metrics"] {
        _ = try await client.send(.get, path)
      }
      storage.setFault(\.poseFault, PoseVaultError(.storageUnavailable, "down"))
      _ = try await client.send(.get, "/api/poses/4713")
      let response = try await client.send(.get, "/metrics")
      #expect(response.status == .ok)
      #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
      let text = String(buffer: response.body)
      #expect(text.contains(#"posevault_requests_total{method="GET",route="/api/poses/{id}",status="404"}"#))
      #expect(text.contains(#"posevault_requests_total{method="GET",route="/api/poses/{id}",status="503"}"#))
      #expect(text.contains(#"posevault_requests_total{method="GET",route="/metrics",status="200"}"#))
      #expect(text.contains("# TYPE posevault_storage_errors_total counter"))
      // ids and paths that nobody serves are no labels
      #expect(!text.contains("/4711") && !text.contains("/nothing"))
    }
  }
}
