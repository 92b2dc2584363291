import ArgumentParser
import Backup
import Foundation
import Logging
import NIOCore
import PoseCore
import Server
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run the server.",
    discussion: """
      Listens on http://127.0.0.1:3000 unless HOST and PORT say otherwise, and keeps poses and pictures in ./data \
      (DATA_DIR), which it makes. To be reached from other machines it needs an API_KEY.

        posevault serve
        curl -F image=@photo.jpg http://127.0.0.1:3000/api/extract-pose

      SIGTERM and the interrupt key let requests under way finish, bounded by SHUTDOWN_GRACE_SECONDS. Logs go to \
      standard error.
      """)

  @OptionGroup var settings: SettingsOptions

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      LoggingSystem.bootstrap { label in
        var handler = StreamLogHandler.standardError(label: label)
        handler.logLevel = settings.logLevel
        return handler
      }
      let logger = Logger(label: "posevault")
      logger.info("PoseVault \(programVersion); \(StartLines.origin(source, settings.stores))")
      for notice in settings.notices { logger.warning("\(notice)") }
      for line in StartLines.backup(settings, at: Composition.clock()) { logger.info("\(line)") }

      try await Composition.withServerStorage(settings.stores) { storage in
        try await Composition.withExtractor(settings.extraction) { extractor in
          try await Composition.withRenderer(settings.extraction) { renderer in
            try await Composition.withBackups(settings, storage) { backups in
              let opening = StorageOpening(storage.upgrade, logger: logger)
              try await opening.attempt()
              let desk = Composition.backupDesk(backups, opening, logger)
              let (ports, listening) = AsyncStream.makeStream(of: Int.self)
              let server = Composition.server(settings, storage, opening, extractor, renderer, desk, logger) { port in
                listening.yield(port)
                guard await opening.trouble != nil else { return }
                logger.warning("Answering on \(StartLines.address(settings, port: port)), but for the storage")
              }
              var services: [any Service] = [
                Composition.sweep(settings, storage, backups, logger), Composition.keyExpiry(storage, logger),
                BackupScheduler(desk),
              ]
              if let sender = try Composition.mailSender(settings, backups, logger) { services.append(sender) }
              let rest = AfterOpening(opening: opening, services: services) {
                for await port in ports.prefix(1) { announce(settings, port, logger) }
              }
              try await run(
                [server, rest, try Composition.storeWatch(settings, storage, opening, backups, logger)],
                settings, logger)
            }
          }
        }
      }
    }
  }

  private func announce(_ settings: Settings, _ port: Int, _ logger: Logger) {
    logger.info(
      "Ready on \(StartLines.address(settings, port: port)); try: \(StartLines.curl(settings, port: port))")
    let elsewhere = StartLines.elsewhere(settings, port: port)
    if !elsewhere.isEmpty { logger.info("From other machines, open \(elsewhere.joined(separator: " or "))") }
  }

  private func run(_ services: [any Service], _ settings: Settings, _ logger: Logger) async throws {
    var configuration = ServiceGroupConfiguration(
      services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    // the server bounds its own requests; this is for what hangs in spite of that
    configuration.maximumGracefulShutdownDuration = settings.server.shutdownGrace + .seconds(5)
    try await ServiceGroup(configuration: configuration).run()
    logger.info("Stopped")
  }
}
