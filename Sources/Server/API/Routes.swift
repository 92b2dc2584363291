import Access
import HTTPTypes
import Hummingbird
import PoseCore

extension PoseServer {
  /// Every route, and what a request passes through before it gets there, from the outside in.
  func buildRouter() -> Router<APIContext> {
    let router = Router(context: APIContext.self)
    let address = PublicAddress(configuration.publicURL)
    let gate = StorageGate(trouble: storageTrouble, mark: restoreMark)
    let door = Door(configuration, ring: ring, gate: gate, clock: clock)
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
      KeyMiddleware(
        door: door, recorder: recorder, guardsMetrics: configuration.guardsMetrics,
        isMetricsPublic: configuration.isMetricsPublic)
      StorageMiddleware(gate: gate)
      AuditMiddleware(recorder: recorder, door: door, notesViews: configuration.auditsReads)
    }

    let extract = ExtractRoute(
      poses: poses, images: images, extractor: extractor, uploads: UploadReader(configuration), keys: keys,
      gate: gate, maxPosesLimit: configuration.maxPosesLimit, space: space, clock: clock)
    let list = ListRoute(poses: poses, address: address)
    let image = ImageRoute(images: images)
    let pictures = DrawnPictures(images: images, renderer: renderer, maxBytes: configuration.maxUploadBytes)
    let pose = PoseRoutes(
      poses: poses, images: images, trash: trash, usesTrash: configuration.usesTrash, eraser: eraser,
      forget: pictures.forget,
      address: address, clock: clock)
    let drawing = DrawingRoutes(poses: poses, images: images, pictures: pictures)
    let trashPictures = DrawnPictures(
      images: storedImages, renderer: renderer, maxBytes: configuration.maxUploadBytes, keptBytes: 0)
    let deleted = TrashRoutes(
      trash: trash, images: storedImages,
      drawings: DrawingRoutes(poses: poses, images: storedImages, pictures: trashPictures), address: address,
      rest: configuration.trashRest)
    let export = ExportRoute(
      poses: poses, pictures: pictures, address: address, version: configuration.version, clock: clock)
    let runs = BackupRoutes(
      backups: backups, timeZone: configuration.backupTimeZone, isMailConfigured: configuration.isMailConfigured)
    let archives = ArchiveRoutes(backups: runs)
    let health = HealthRoutes(
      poses: poses, images: images, backups: backups, trash: trash, stores: stores, gate: gate, door: door,
      space: space, warnings: configuration.warnings, formats: configuration.formats,
      isLoopback: configuration.isLoopback, clock: clock)
    let session = SessionRoutes(
      door: door, access: access, lifetime: configuration.sessionLifetime, clock: clock)
    let keyRing = KeyRoutes(ring: ring, access: access, clock: clock)
    let sessions = SessionListRoutes(ring: ring, access: access, clock: clock)
    let uploads = KeyRate("uploads", perMinute: configuration.maxUploadsPerMinute)
    let drawings = KeyRate("drawn pictures", perMinute: configuration.maxDrawingsPerMinute)
    let exports = KeyRate("exports", perMinute: configuration.maxExportsPerMinute)

    let filters = Query.filterNames
    router.resource(
      "/api/extract-pose", [.post: uploads.limiting(extract.extract)], query: [.post: ExtractRoute.parameters])
    router.resource("/api/poses", [.get: list.list], query: [.get: ["page", "limit", "after", "include"] + filters])
    router.resource(
      "/api/poses/export", [.get: exports.limiting(export.export)], query: [.get: ["format", "images"] + filters])
    router.resource(
      "/api/poses/:id", [.get: pose.show, .put: pose.update, .delete: pose.delete],
      query: [.get: ["include"], .put: ["include"], .delete: ["erase", "all"]])
    router.resource("/api/poses/:id/revert", [.post: pose.revert], query: [.post: ["include"]])
    router.resource(
      "/api/poses/:id/overlay", [.get: drawings.limiting(drawing.overlay)],
      query: [.get: ["size", "people"]])
    router.resource("/api/images/:imageId", [.get: image.show])
    router.resource(
      "/api/images/:imageId/thumbnail", [.get: drawings.limiting(drawing.thumbnail)], query: [.get: ["size"]])
    router.resource(
      "/api/images/:imageId/rendition", [.get: drawings.limiting(drawing.rendition)], query: [.get: ["size"]])
    router.resource(
      "/api/trash", [.get: deleted.list, .delete: deleted.empty], query: [.get: ["limit", "after", "pose"]])
    router.resource("/api/trash/:id", [.delete: deleted.remove])
    router.resource("/api/trash/:id/restore", [.post: deleted.restore])
    router.resource(
      "/api/trash/:id/thumbnail", [.get: drawings.limiting(deleted.thumbnail)], query: [.get: ["size"]])
    router.resource("/api/session", [.get: session.show, .post: session.open, .delete: session.close])
    router.resource("/api/sessions", [.get: sessions.list])
    router.resource("/api/sessions/:id", [.delete: sessions.end])
    router.resource("/api/keys", [.get: keyRing.list, .post: keyRing.add])
    router.resource("/api/keys/:id", [.delete: keyRing.revoke])
    router.resource("/api/audit", [.get: AuditRoute(trail: audit).list], query: [.get: AuditRoute.parameters])
    router.resource("/api/health", [.get: health.health])
    router.resource("/api/health/live", [.get: health.live])
    router.resource("/api/backup/trigger", [.post: runs.trigger])
    router.resource("/api/backups", [.get: runs.list], query: [.get: ["limit", "after"]])
    router.resource("/api/backups/:id", [.get: runs.show])
    router.resource("/api/backups/:id/accept", [.post: runs.accept])
    router.resource("/api/backups/:id/download", [.get: archives.download])
    router.resource("/api/backups/latest/download", [.get: archives.downloadLatest])
    let gauges = BackupGauges(backups: backups, trash: trash, metrics: metrics, clock: clock)
    let numbers = MetricsRoute(metrics: metrics, backups: gauges, space: space) {
      [poses, images, extractor, renderer, connections] in
      [poses, images, extractor, renderer].compactMap { $0 as? any PoolUser }.flatMap(\.pools) + [connections.load]
    }
    router.resource("/metrics", [.get: numbers.show], query: nil, isOpen: !configuration.guardsMetrics)
    PageRoutes().register(on: router)
    return router
  }
}
