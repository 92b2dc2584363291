import Metrics
import HTTPTypes
import Hummingbird
import NIOCore
import PoseCore

/// `GET /metrics`: the process's metrics for Prometheus.
struct MetricsRoute: Sendable {
  let metrics: PrometheusMetrics
  let backups: BackupGauges
  let space: DiskSpace
  let pools: @Sendable () -> [PoolLoad]

  @Sendable func show(_ request: Request, _ context: APIContext) async -> Response {
    await backups.refresh()
    for pool in pools() {
      for (what, value) in [("used", pool.used), ("waiting", pool.waiting), ("capacity", pool.capacity)] {
        Meter(label: "posevault_pool_\(what)", dimensions: [("pool", pool.name)], factory: metrics).set(value)
      }
    }
    for disk in await space.disks() {
      let name = [("disk", disk.name)]
      Meter(label: "posevault_disk_free_bytes", dimensions: name, factory: metrics).set(disk.free)
      Meter(label: "posevault_disk_size_bytes", dimensions: name, factory: metrics).set(disk.size)
      if let reserve = disk.reserve {
        Meter(label: "posevault_disk_reserve_bytes", dimensions: name, factory: metrics).set(reserve)
      }
    }
    return Response(
      status: .ok,
      headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text)))
  }
}
