import Metrics
import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// `GET /metrics`: the process's numbers for Prometheus.
struct MetricsRoute: Sendable {
  let metrics: PrometheusMetrics
  let backups: BackupGauges
  let pools: @Sendable () -> [PoolLoad]

  @Sendable func show(_ request: Request, _ context: APIContext) async -> Response {
    await backups.refresh()
    for pool in pools() {
      for (what, value) in [("used", pool.used), ("waiting", pool.waiting), ("capacity", pool.capacity)] {
        Meter(label: "posevault_pool_\(what)", dimensions: [("pool", pool.name)], factory: metrics).set(value)
      }
    }
    return Response(
      status: .ok,
      headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text)))
  }
}
