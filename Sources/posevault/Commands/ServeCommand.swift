import ArgumentParser
import Foundation
import Logging
import PoseCore
import Server
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Run the server.",
    discussion: """
      By default it listens on http://127.0.0.1:3000 (HOST, PORT) and stores poses and pictures in ./data (DATA_DIR), \
      which it creates. To serve other machines, it needs a key.

        posevault serve
        curl -F image=@photo.jpg http://127.0.0.1:3000/api/extract-pose

      On SIGTERM or Ctrl-C it finishes requests in progress, within SHUTDOWN_GRACE_SECONDS. Logs go to standard error.
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

      try await Serving.withParts(settings, logger: logger) { serving in
        try await run(serving.services(), grace: settings.server.shutdownGrace, logger: logger)
      }
    }
  }

  private func run(_ services: [any Service], grace: Duration, logger: Logger) async throws {
    var configuration = ServiceGroupConfiguration(
      services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    // the server bounds its own requests; this is for what hangs in spite of that
    configuration.maximumGracefulShutdownDuration = grace + .seconds(5)
    try await ServiceGroup(configuration: configuration).run()
    logger.info("Stopped")
  }
}
