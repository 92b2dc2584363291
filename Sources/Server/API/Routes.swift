import HTTPTypes
import Hummingbird
import PoseCore

extension PoseServer {
  /// Every route, and what a request passes before it gets there, from the outside in.
  func buildRouter() -> Router<APIContext> {
    let router = Router(context: APIContext.self)
    let address = PublicAddress(configuration.publicURL)
    let key = APIKey(configuration)
    let gate = StorageGate(trouble: storageTrouble, mark: restoreMark)
    let space = DiskSpace(configuration)
    router.addMiddleware {
      RequestLogMiddleware(log: log, trustedProxies: configuration.trustedProxies)
      BasePathMiddleware(path: address.path)
      AnswerSafetyMiddleware(configuration)
      MetricsMiddleware()
      FailureMiddleware(log: log, address: address)
      ProtocolMiddleware()
      HostMiddleware(configuration)
      OriginMiddleware(configuration, failures: FailureMiddleware(log: log, address: address))
      KeyMiddleware(key: key, guardsMetrics: configuration.guardsMetrics, clock: clock)
      StorageMiddleware(gate: gate)
    }

    let extract = ExtractRoute(
      poses: poses, images: images, extractor: extractor, uploads: UploadReader(configuration), keys: keys,
      gate: gate, maxPosesLimit: configuration.maxPosesLimit, space: space, clock: clock)
    let list = ListRoute(poses: poses, address: address)
    let pose = PoseRoutes(poses: poses, images: images, address: address, clock: clock)
    let image = ImageRoute(images: images)
    let pictures = DrawnPictures(images: images, renderer: renderer, maxBytes: configuration.maxUploadBytes)
    let drawing = DrawingRoutes(poses: poses, images: images, pictures: pictures)
    let export = ExportRoute(
      poses: poses, pictures: pictures, address: address, version: configuration.version, clock: clock)
    let runs = BackupRoutes(
      backups: backups, timeZone: configuration.backupTimeZone, isMailConfigured: configuration.isMailConfigured)
    let archives = ArchiveRoutes(backups: runs)
    let health = HealthRoutes(
      poses: poses, images: images, backups: backups, trash: trash, stores: stores, gate: gate, key: key,
      space: space, warnings: configuration.confidentialWarnings, formats: configuration.formats, clock: clock)
    let session = SessionRoutes(key: key, clock: clock)

    let api = router.group("api")
    let filters = Query.filterNames
    api.resource("extract-pose", [.post: extract.extract], query: [.post: ["maxPoses", "include"]])
    api.resource("poses", [.get: list.list], query: [.get: ["page", "limit", "after", "include"] + filters])
    api.resource("poses/export", [.get: export.export], query: [.get: ["format"] + filters])
    api.resource(
      "poses/:id", [.get: pose.show, .put: pose.update, .delete: pose.delete],
      query: [.get: ["include"], .put: ["include"]])
    api.resource("poses/:id/revert", [.post: pose.revert], query: [.post: ["include"]])
    api.resource("poses/:id/overlay", [.get: drawing.overlay], query: [.get: ["size"]])
    api.resource("images/:imageId", [.get: image.show])
    api.resource("images/:imageId/thumbnail", [.get: drawing.thumbnail], query: [.get: ["size"]])
    api.resource("images/:imageId/rendition", [.get: drawing.rendition], query: [.get: ["size"]])
    api.resource("session", [.get: session.show, .post: session.open, .delete: session.close])
    api.resource("health", [.get: health.health])
    api.resource("health/live", [.get: health.live])
    api.resource("backup/trigger", [.post: runs.trigger])
    api.resource("backups", [.get: runs.list], query: [.get: ["limit", "after"]])
    api.resource("backups/:id", [.get: runs.show])
    api.resource("backups/:id/accept", [.post: runs.accept])
    api.resource("backups/:id/download", [.get: archives.download])
    api.resource("backups/latest/download", [.get: archives.downloadLatest])
    let gauges = BackupGauges(backups: backups, trash: trash, metrics: metrics, clock: clock)
    let numbers = MetricsRoute(metrics: metrics, backups: gauges, space: space) {
      [poses, images, extractor, renderer, connections] in
      [poses, images, extractor, renderer].compactMap { $0 as? any PoolUser }.flatMap(\.pools) + [connections.load]
    }
    router.resource("metrics", [.get: numbers.show], query: nil)
    PageRoutes().register(on: router)
    return router
  }
}
