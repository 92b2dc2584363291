import ArgumentParser
import Foundation
import PoseCore
import Server
import UnixSignals

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Find people in pictures and store both, as uploads do.",
    discussion: """
      Reads JPEG, PNG and WebP, with posevault-decode also HEIC and AVIF. Folders are walked, by name and without \
      hidden files. Works beside a running serve.

        posevault import photos
        find . -name '*.jpg' | posevault import -

      The path is kept as the file's name, relative to the working directory where the picture lies below it. A picture \
      that is stored already, the same bytes under the same path, is passed over, so the command may be interrupted \
      and run again. Pictures without a person are not stored. It ends where the disk has \
      less free than DISK_RESERVE_MB.

      A summary comes at the end. Failures go to the file that --failures names, a path, a tab and a reason in each \
      line; a run without any empties it, if there is one. Exit status: 0 when all pictures were read, 1 when some failed, 64 for wrong use.
      """)

  @Option(help: ArgumentHelp("The most people to look for in a picture.", valueName: "n"))
  var maxPoses = 1

  @Option(help: ArgumentHelp("Where failures are listed, if there are any.", valueName: "file"))
  var failures = "import-failures.tsv"

  @OptionGroup var settings: SettingsOptions

  @Argument(help: ArgumentHelp("Pictures and folders; - reads paths from standard input.", valueName: "path"))
  var paths: [String]

  func validate() throws {
    guard (1...100).contains(maxPoses) else { throw ValidationError("--max-poses must be from 1 to 100.") }
    guard paths.count(where: { $0 == "-" }) <= 1 else { throw ValidationError("- can be given once.") }
  }

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      // before the work begins, so that no signal ends the process in the middle of it
      let interrupts = await UnixSignalsSequence(trapping: .sigint, .sigterm)
      let work = Task { try await store(settings) }
      let signals = Task {
        for await _ in interrupts { work.cancel() }
      }
      defer { signals.cancel() }
      try await work.value
    }
  }

  private func store(_ settings: Settings) async throws {
    var extraction = settings.extraction
    let space = DiskSpace(dataFolder: settings.stores.filledFolder, reserve: settings.server.diskReserve)
    let window = 2 * extraction.workers + 2
    // no one is kept waiting here, so the limits of a server's queue make no sense
    extraction.maxWaiting = window
    extraction.waitLimit = .seconds(86_400)
    try await Composition.withStorage(settings.stores, noting: "import") { storage in
      try await storage.runs.requireWhole()
      try await Composition.withExtractor(extraction, decoder: await Composition.decoder()) { extractor in
        let files = BlockingPool("files", threads: 4, maxWaiting: 1000, waitLimit: .seconds(86_400))
        let intake = PictureIntake(
          extractor: extractor, poses: storage.poses, images: storage.images, clock: Composition.clock,
          requireWhole: { [runs = storage.runs] in
            try await runs.requireWhole()
            try await space.requireRoom()
          }
        ) { id, error in
          let causes = ErrorCauses(of: error).lines.joined(separator: " Cause: ")
          StandardError.write("posevault: The picture \(id) stays behind without a pose: \(causes)")
        }
        try await store(
          ImportRun(
            poses: storage.poses, images: storage.images, intake: intake, claims: storage.imports, files: files,
            maxBytes: extraction.maxBytes, maxPoses: maxPoses, window: window))
      }
    }
  }

  private func store(_ run: ImportRun) async throws {
    let report = ImportReport(failureFile: failures)
    let paths = ArgumentPaths.bytes(of: paths)
    let counting = Task {
      guard StandardError.isTerminal, !paths.contains("-") else { return }
      let feed = PathFeed(paths, files: run.files)
      var count = 0
      while try await feed.next() != nil {
        try Task.checkCancellation()
        count += 1
      }
      await report.expect(count)
    }
    defer { counting.cancel() }
    let feed = PathFeed(paths, files: run.files)
    do {
      try await run.run(feed) { try await report.tell($0, $1) }
    } catch {
      StandardError.write(await report.end(isWhole: false) + " Not finished; run it again to go on.")
      throw error
    }
    if let line = await feed.skipped.line { StandardError.write(line) }
    StandardError.write(await report.end(isWhole: true))
    if await report.failures > 0 { throw ExitStatus.someFailed }
  }
}
