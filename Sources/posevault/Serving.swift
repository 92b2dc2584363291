import Access
import Backup
import Foundation
import Logging
import Mail
import Metrics
import NIOCore
import PoseCore
import Server
import ServiceLifecycle

/// What `serve` runs, assembled from open parts.
struct Serving: Sendable {
  let settings: Settings
  let storage: Composition.Storage
  let extractor: any PoseExtractor
  let renderer: any PictureRenderer
  let decoder: (any PictureDecoder)?
  let backups: Composition.Backups
  let opening: StorageOpening
  let logger: Logger

  /// Opens the parts while `body` runs. Databases may be down.
  static func withParts(
    _ settings: Settings, logger: Logger, _ body: (Serving) async throws -> Void
  ) async throws {
    let decoder = await Composition.decoder()
    try await Composition.withServerStorage(settings.stores) { storage in
      try await Composition.withExtractor(settings.extraction, decoder: decoder) { extractor in
        try await Composition.withRenderer(settings.extraction, decoder: decoder) { renderer in
          try await Composition.withBackups(of: storage, settings) { backups in
            let opening = StorageOpening(storage.upgrade, logger: logger)
            try await opening.attempt()
            if await opening.trouble == nil { try await requireKey(settings, storage.access) }
            try await body(
              Serving(
                settings: settings, storage: storage, extractor: extractor, renderer: renderer, decoder: decoder,
                backups: backups, opening: opening, logger: logger))
          }
        }
      }
    }
  }

  /// Throws `configuration` if other machines could reach a server that requires no key. If the storage can't say yet
  /// whether there is one, the server starts, but lets nobody in.
  private static func requireKey(_ settings: Settings, _ access: any AccessKeys) async throws {
    guard let openness = settings.openness, try await access.accessState(since: nil)?.isClosed != true else { return }
    throw PoseVaultError(.configuration, openness)
  }

  /// They start in this order, and end in reverse.
  func services() throws -> [any Service] {
    let desk = desk
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    let log = settings.logsAudit ? AuditLog(logger) : nil
    let listener = server(desk, log) { port in
      listening.yield(port)
      guard await opening.trouble != nil else { return }
      logger.warning("Answering on \(StartLines.address(settings, port: port)), but for the storage")
    }
    let sweep = sweep
    let withStorage: [(any Service)?] = [
      hourly(sweep), trashExpiry, erasureUpkeep, keyExpiry, auditExpiry, BackupScheduler(desk), try mailSender(),
    ]
    var services: [any Service] = [
      // they end after the last request
      AuditWork(recorder: listener.recorder, opening: opening, logger: logger),
      KeyUses(ring: listener.ring, opening: opening, logger: logger),
      listener,
      AfterOpening(
        opening: opening, services: withStorage.compactMap { $0 },
        // whoever asks after "Ready" hears of a store that is another; the sweep tells why this fails
        look: { _ = try? await sweep.comparePair() },
        onOpen: { for await port in ports.prefix(1) { announce(port) } }),
      try storeWatch(),
    ]
    if let log { services.insert(log, at: 0) }
    return services
  }

  private func announce(_ port: Int) {
    logger.info(
      "Ready on \(StartLines.address(settings, port: port)); try: \(StartLines.curl(settings, port: port))")
    let elsewhere = StartLines.elsewhere(settings, port: port)
    if !elsewhere.isEmpty { logger.info("From other machines, open \(elsewhere.joined(separator: " or "))") }
  }

  private func server(
    _ desk: BackupDesk, _ log: AuditLog?, onListening: @escaping @Sendable (_ port: Int) async -> Void
  ) -> PoseServer {
    let metrics = PrometheusMetrics()
    MetricsSystem.bootstrap(metrics)
    var configuration = settings.server
    configuration.apiKey = settings.apiKey?.revealed
    configuration.version = programVersion
    configuration.name = Machine.name
    configuration.warnings = settings.exposures
    configuration.formats = ImageFormat.readable(with: decoder)
    configuration.dataFolder = settings.stores.filledFolder
    configuration.backupFolder = settings.backup.folder
    configuration.backupTimeZone = settings.backup.zone.identifier
    configuration.isMailConfigured = settings.mail != nil
    configuration.usesTrash = settings.backup.trashDays > 0
    configuration.trashRest = settings.backup.trashRest
    return PoseServer(
      configuration: configuration, poses: storage.poses,
      images: VisibleImages(images: pairedImages, trash: storage.trash, erasures: storage.erasures),
      storedImages: pairedImages,
      extractor: extractor, renderer: renderer, backups: desk, trash: storage.trash,
      eraser: Composition.pictureErasing(settings, storage, backups), keys: storage.uploads, access: storage.access,
      audit: storage.audit, onEntry: { log?.write($0) },
      stores: HealthKeys(
        poses: type(of: settings.stores.poses).healthKey, pictures: type(of: settings.stores.pictures).healthKey),
      restoreMark: storage.runs.restoreMark, storageTrouble: { await opening.trouble },
      metrics: metrics, clock: Composition.clock, logger: logger,
      onListening: { await onListening($0?.port ?? settings.server.port) })
  }

  private var pairedImages: PairedImages { Composition.pairedImages(settings, storage) }

  private var desk: BackupDesk {
    let obstacle = { @Sendable in await opening.trouble.map { "No backup can be made: \($0.message)" } }
    return BackupDesk(backups.runner, obstacle: obstacle) { news in
      BackupLog.tell(news, logger)
      WorkMetrics.count(news)
    }
  }

  private var sweep: OrphanSweep {
    OrphanSweep(
      check: Composition.pictureCheck(storage), trash: storage.trash, pair: Composition.storePair(settings, storage),
      archives: backups.runner, rest: settings.backup.trashRest, logger: logger,
      onRemoval: { pictures in
        var entry = Composition.ownEntry(TrashExpiry.action)
        entry.subjects = pictures.map { AuditSubject.image($0.description) }
        try await storage.audit.append([entry])
      })
  }

  private func hourly(_ sweep: OrphanSweep) -> HourlyWork {
    HourlyWork(
      description: "sweep", failure: "Could not look for pictures without a pose", logger: logger, work: sweep.sweep)
  }

  private var trashExpiry: HourlyWork {
    let expiry = TrashExpiry(
      trash: storage.trash, images: pairedImages, pair: Composition.storePair(settings, storage), runs: storage.runs,
      rest: settings.backup.trashRest, clock: Composition.clock)
    return HourlyWork(description: "trash", failure: "Old poses in the trash were not removed", logger: logger) {
      try await expiry.run()
    }
  }

  private var erasureUpkeep: HourlyWork {
    let upkeep = ErasureUpkeep(ledger: storage.erasures, images: storage.images, runner: backups.runner)
    return HourlyWork(description: "erasures", failure: "The ledger of erasures was not looked at", logger: logger) {
      guard try await storage.runs.knowsSchema(), try await storage.runs.restoreMark() == nil else { return }
      let report = try await AuditNote.$current.withValue(AuditNote(Composition.ownEntry("erase"))) {
        try await upkeep.run()
      }
      for fault in report.faults { logger.warning("The ledger of erasures: \(fault)") }
      guard report.removedPoses + report.removedPictures > 0 else { return }
      logger.warning(
        "Removed what the ledger says was erased: \(report.removedPoses) poses and \(report.removedPictures) pictures.")
    }
  }

  private var keyExpiry: HourlyWork {
    HourlyWork(description: "keys", failure: "Could not remove expired upload keys", logger: logger) {
      try await storage.uploads.removeExpired(at: Composition.clock())
    }
  }

  private var auditExpiry: HourlyWork {
    HourlyWork(description: "audit", failure: "Could not remove old audit entries", logger: logger) {
      // what a restore brings back is compared before anything of it goes
      guard try await storage.runs.knowsSchema(), try await storage.runs.restoreMark() == nil else { return }
      try await storage.audit.retire(before: Composition.clock() - Int64(settings.auditKeepDays) * 86_400)
    }
  }

  private func mailSender() throws -> MailSender? {
    try Composition.mailer(settings, backups).map {
      MailSender(mailer: $0, zone: settings.backup.zone, logger: logger)
    }
  }

  private func storeWatch() throws -> StoreWatch {
    var tell: StoreWatch.Tell?
    if let mailer = try Composition.mailer(settings, backups) {
      let place = Composition.noticePlace(settings)
      tell = { lines in
        let notice = BackupNotice(
          .unreachable(lines: lines), date: Composition.clock(), host: Machine.name, of: place)
        do {
          guard case .failed(let failure) = try await mailer.sendNow(notice) else { return nil }
          return failure.message
        } catch {
          return "The sending was interrupted."
        }
      }
    }
    return StoreWatch(look: StoreWatch.look(opening, storage), tell: tell, logger: logger)
  }
}
