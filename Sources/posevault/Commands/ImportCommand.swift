import ArgumentParser
import Foundation
import PoseCore
import Server
import UnixSignals

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Find people in pictures, and store pictures and poses like uploads.",
    discussion: """
      Reads JPEG, PNG and WebP, and with posevault-decode also HEIC and AVIF. Folders are walked in order of name, \
      ignoring hidden files. Can be used while serve is running.

        posevault import photos
        find . -name '*.jpg' | posevault import -

      Each picture's path is stored as its file name, relative to the working directory if it is inside it. Pictures \
      that are already stored (same bytes, same path) are skipped, so you can interrupt the command and run it again. \
      Pictures without a person are not stored. The command stops if the disk has less than DISK_RESERVE_MB free.

      A summary is printed at the end. Failures are written to the file given by --failures, one per line: path, tab, \
      reason. If there are none, an existing file is emptied. Exit status: 0 if all pictures were read, 1 if some \
      failed, 64 for wrong use.
      """)

  @Option(help: ArgumentHelp("Maximum number of people per picture.", valueName: "n"))
  var maxPoses = 1

  @Option(help: ArgumentHelp("The file for the list of failures.", valueName: "file"))
  var failures = "import-failures.tsv"

  @OptionGroup var settings: SettingsOptions

  @Argument(help: ArgumentHelp("Pictures and folders; - reads paths from standard input.", valueName: "path"))
  var paths: [String]

  func validate() throws {
    guard (1...100).contains(maxPoses) else { throw ValidationError("--max-poses must be from 1 to 100.") }
    guard paths.count(where: { $0 == "-" }) <= 1 else { throw ValidationError("- can only be given once.") }
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
