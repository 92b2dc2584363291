import ArgumentParser
import Foundation
import PoseCore
import UnixSignals

struct ExtractCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Find people in pictures and print their landmarks; nothing is stored.",
    discussion: """
      Reads JPEG, PNG and WebP, with posevault-decode also HEIC and AVIF. Folders are walked, by name and without \
      hidden files; links are followed. A file that is named is always tried, whatever its name.

        posevault extract photo.jpg | jq '.poses[0].keypoints[0]'
        posevault extract --format csv --max-poses 5 photos > people.csv
        posevault extract --format coco photos > people.json
        posevault extract --overlay drawn photos > /dev/null
        find . -name '*.png' | posevault extract -

      Formats, pictures in the order given:
        jsonl  one JSON object per picture and line, also for one that failed
        json   the same objects in one array
        csv    one row per person, one column per value
        coco   one COCO keypoints data set for pycocotools

      A name that is not UTF-8 is shown with such bytes as \\xF1; JSON has its bytes in base64 as fileBytes beside it. In \
      csv, a name that a spreadsheet would take for a formula has an apostrophe before it.

      In csv and coco, pictures that failed are told on standard error instead. A coco annotation is one person: \
      keypoints has the 33 in pixels (v is 0 outside the picture, 1 hidden, 2 visible), keypoints_17 those of COCO's \
      own person category.

      x and y are relative to the upright picture's width and height, z to its width; worldKeypoints are in metres.

      Exit status: 0 when all pictures were read, 1 when some failed, 64 for wrong use.
      """)

  @Option(help: "The form of the output.")
  var format = PoseFormat.jsonl

  @Option(help: ArgumentHelp("The most people to look for in a picture.", valueName: "n"))
  var maxPoses = 1

  @Option(
    help: ArgumentHelp(
      "Write each picture with its skeletons drawn to this folder, as PATH.overlay.jpg or .png.", valueName: "dir"))
  var overlay: String?

  @OptionGroup var settings: SettingsOptions

  @Argument(help: ArgumentHelp("Pictures and folders; - reads paths from standard input.", valueName: "path"))
  var paths: [String]

  func validate() throws {
    guard (1...100).contains(maxPoses) else { throw ValidationError("--max-poses must be from 1 to 100.") }
    guard paths.count(where: { $0 == "-" }) <= 1 else { throw ValidationError("- can be given once.") }
  }

  func run() async throws {
    try await reportingFailure {
      // so that a reader that goes away is an error of write(2) and not the end of the process
      signal(SIGPIPE, SIG_IGN)
      // before the work begins, so that no signal ends the process in the middle of it
      let interrupts = await UnixSignalsSequence(trapping: .sigint, .sigterm)
      let work = Task { try await extract() }
      let signals = Task {
        for await _ in interrupts { work.cancel() }
      }
      defer { signals.cancel() }
      try await work.value
    }
  }

  private func extract() async throws {
    var extraction = try ExtractionSettings.load(settings.source())
    // enough that workers have the next picture ready while an earlier one, whose turn to be told it is, takes long
    let window = 4 * extraction.workers
    // no one is kept waiting here, so the limits of a server's queue make no sense
    extraction.maxWaiting = window
    extraction.waitLimit = .seconds(86_400)
    let limits = Composition.imageLimits(extraction)
    let decoder = await Composition.decoder()
    try await Composition.withExtractor(extraction, decoder: decoder) { extractor in
      let files = BlockingPool("files", threads: 4, maxWaiting: 1000, waitLimit: .seconds(86_400))
      try await extract(
        ExtractRun(
          extractor: extractor, files: files, maxBytes: extraction.maxBytes, maxPoses: maxPoses,
          overlays: ArgumentPaths.bytes(of: overlay.map { [$0] } ?? []).first.map {
            OverlayFolder($0, limits: limits, decoder: decoder, files: files)
          },
          window: window))
    }
  }

  private func extract(_ run: ExtractRun) async throws {
    let report = ExtractReport(format: format, files: run.files)
    let paths = ArgumentPaths.bytes(of: paths)
    let counting = Task {
      if StandardError.isTerminal, !paths.contains("-") { try await report.count(PathFeed(paths, files: run.files)) }
    }
    defer { counting.cancel() }

    let feed = PathFeed(paths, files: run.files)
    try await report.begin()
    do {
      try await run.run(feed) { try await report.tell($0) }
    } catch is CancellationError {
      try await report.end(skipped: feed.skipped)
      throw CancellationError()
    } catch Descriptor.Failure.brokenPipe {
      await report.clearProgress()
      return
    }
    try await report.end(skipped: feed.skipped)
    if await report.failures > 0 { throw ExitStatus.someFailed }
  }
}
