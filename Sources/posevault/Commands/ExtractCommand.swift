import ArgumentParser
import Foundation
import PoseCore
import UnixSignals

struct ExtractCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Find people in pictures and print their landmarks, without storing anything.",
    discussion: """
      Reads JPEG, PNG and WebP, and with posevault-decode also HEIC and AVIF. Folders are walked in order of name, \
      following links and ignoring hidden files. A file given by name is always tried, whatever its extension.

        posevault extract photo.jpg | jq '.poses[0].keypoints[0]'
        posevault extract --format csv --max-poses 5 photos > people.csv
        posevault extract --format coco photos > people.json
        posevault extract --overlay drawn photos > /dev/null
        find . -name '*.png' | posevault extract -
        posevault extract 00000.tar > people.jsonl
        posevault extract --all --output results shards

      Pictures in a tar, such as a WebDataset shard, are processed in order and named TAR/MEMBER. A tar can also come \
      from standard input. Tars in folders are only read with --all.

      s3://BUCKET/KEY is an object or a tar, s3://BUCKET/PREFIX/ a folder; the S3_… settings give the server and the \
      keys. --output also accepts such an address.

      --output writes a result for each input (picture or tar) to DIR/PATH.jsonl, or the format's extension, where \
      PATH is relative to the folder given, followed by DIR/PATH.stats.json with counts, digests and options. Results \
      are never partial. On a later run, inputs already processed with the same program, models and options are \
      skipped. In a tar's result, pictures are named as in the tar. --shard I/N processes every N-th input, starting \
      with I (from 0), to divide the work among N machines.

      Formats, with pictures in the order given:
        jsonl  one JSON object per picture and line, including failed ones
        json   the same objects in one array
        csv    one row per person, one column per value
        coco   one COCO keypoints data set for pycocotools

      In names that are not UTF-8, invalid bytes are shown as \\xF1; JSON also has the raw bytes in base64 as \
      fileBytes. In csv, names that a spreadsheet would take for a formula are prefixed with an apostrophe.

      With csv and coco, failed pictures are reported on standard error. A coco annotation is one person: keypoints \
      has all 33 in pixels (v is 0 outside the picture, 1 hidden, 2 visible), keypoints_17 those of COCO's own person \
      category.

      x and y are relative to the upright picture's width and height, z to its width; worldKeypoints are in metres.

      Exit status: 0 if all pictures were read, 1 if some failed, 64 for wrong use. With --output, 0 if every input \
      has its result, even if some of its pictures can't be read, otherwise 1.
      """)

  @Option(help: "The output format.")
  var format = PoseFormat.jsonl

  @Option(help: ArgumentHelp("Maximum number of people per picture.", valueName: "n"))
  var maxPoses = 1

  @Option(
    help: ArgumentHelp(
      "Draw the skeletons on each picture, and write it to this folder as PATH.overlay.jpg or .png.", valueName: "dir"))
  var overlay: String?

  @Option(help: ArgumentHelp("Write a result for each input to this folder.", valueName: "dir"))
  var output: String?

  @Option(help: ArgumentHelp("Process every N-th input, starting with I (from 0).", valueName: "i/n"))
  var shard: InputPart?

  @Flag(help: "Also read tars in folders.")
  var all = false

  @Flag(
    help: "Serve another program: read framed pictures from standard input and write binary records (docs/worker.md).")
  var worker = false

  @Option(help: ArgumentHelp("With --worker: time limit per picture, in seconds.", valueName: "s"))
  var pictureSeconds = 60

  /// Runs as the process that a worker starts for its pictures.
  @Flag(help: .hidden)
  var workerProcess = false

  @OptionGroup var settings: SettingsOptions

  @Argument(
    help: ArgumentHelp(
      "Pictures, folders and tars; - reads paths, or a tar, from standard input.", valueName: "path"))
  var paths: [String] = []

  func validate() throws {
    guard (1...100).contains(maxPoses) else { throw ValidationError("--max-poses must be from 1 to 100.") }
    guard paths.count(where: { $0 == "-" }) <= 1 else { throw ValidationError("- can only be given once.") }
    guard (1...3600).contains(pictureSeconds) else {
      throw ValidationError("--picture-seconds must be from 1 to 3600.")
    }
    if worker || workerProcess {
      guard paths.isEmpty, output == nil, overlay == nil, shard == nil, !all, format == .jsonl else {
        throw ValidationError("--worker takes no paths, and no options except --max-poses and --picture-seconds.")
      }
    } else if paths.isEmpty {
      throw ValidationError("Missing expected argument '<path> ...'")
    }
    guard overlay?.hasPrefix("s3://") != true else { throw ValidationError("--overlay needs a local folder.") }
    guard output?.isEmpty != true else { throw ValidationError("--output needs a folder's name.") }
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
    let settings = extraction
    if worker { return try await work(settings, window: window) }
    let limits = Composition.imageLimits(settings)
    let folders = [overlay, output].map { text in text.flatMap { ArgumentPaths.bytes(of: [$0]).first } }
    let files = BlockingPool("files", threads: 4, maxWaiting: 1000, waitLimit: .seconds(86_400))
    // what can't work is reported before the models are loaded
    let arguments = ArgumentPaths.bytes(of: paths)
    let buckets = try s3Buckets(arguments + folders.compactMap(\.self))
    let feed = PathFeed(arguments, shards: all ? .all : .named, buckets: buckets, files: files)
    let part = shard ?? .whole
    let inputs = output == nil ? nil : try await ResultInputs(feed, part: part, ending: format.ending)
    let decoder = await Composition.decoder()
    try await Composition.withExtractor(settings, decoder: decoder) { extractor in
      if workerProcess {
        let run = ExtractRun(
          extractor: extractor, files: files, maxBytes: settings.maxBytes, maxPoses: maxPoses, overlays: nil,
          window: window)
        return try await WorkerAnswers(run).run()
      }
      var run = ExtractRun(
        extractor: extractor, files: files, maxBytes: settings.maxBytes, maxPoses: maxPoses,
        overlays: folders[0].map { OverlayFolder($0, limits: limits, decoder: decoder, files: files) }, window: window)
      if let folder = folders[1], let inputs {
        let resultFolder: ResultFolder =
          if let buckets, let address = S3Address(folder) { .objects(address, buckets) } else { .files(folder) }
        // two tars at once, so that the next one has begun when one comes to its end
        run.window = window / 2
        let report = ResultReport(format: format)
        let models = try await files.run { try Composition.modelDigests(settings) }
        let results = ResultRun(
          pictures: run, folder: resultFolder, buckets: buckets, format: format,
          making: making(settings, models, decoder: decoder), report: report, window: window)
        try await write(results, inputs, skipped: feed.skipped)
      } else {
        try await extract(
          run, ExtractFeed(feed, maxBytes: settings.maxBytes, part: part, buckets: buckets, files: files))
      }
    }
  }

  private func work(_ settings: ExtractionSettings, window: Int) async throws {
    var arguments = ["extract", "--worker-process", "--max-poses", "\(maxPoses)"]
    if let file = self.settings.envFile { arguments += ["--env-file", file] }
    let limit = Duration.seconds(pictureSeconds)
    let thread = BlockingPool("worker", threads: 1, maxWaiting: 1, waitLimit: .seconds(1))
    do {
      let greeting = try await thread.run { [maxPoses] in
        try WorkerGreeting(
          program: programVersion, models: Composition.modelDigests(settings), maxPoses: maxPoses,
          maxUploadBytes: settings.maxBytes, maxPixels: settings.maxPixels
        ).bytes()
      }
      try await thread.run { [arguments] stop in
        try Descriptor.write(greeting, to: STDOUT_FILENO)
        try Worker(arguments: arguments, window: window, maxBytes: settings.maxBytes, limit: limit).run(stop)
      }
    } catch Descriptor.Failure.brokenPipe {
      // nobody wants the answers any more
    } catch Descriptor.Failure.system(let number) {
      throw PoseVaultError(
        .fileSystem, "A worker's pipe can't be read or written: \(FileReader.Failure.system(number).reason).")
    }
  }

  /// nil if no address is in S3. If keys are configured, standard input may contain some.
  private func s3Buckets(_ paths: [FilePath]) throws -> S3Buckets? {
    if paths.contains(where: { S3Address.isAddress($0) }) { return try S3Buckets(settings.source()) }
    return paths.contains("-") ? try? S3Buckets(settings.source()) : nil
  }

  private func making(
    _ settings: ExtractionSettings, _ models: ModelDigests, decoder: (any PictureDecoder)?
  ) -> ResultStats.Making {
    ResultStats.Making(
      program: programVersion, models: models,
      options: ResultStats.Options(
        format: format.rawValue, maxPoses: maxPoses, maxUploadBytes: settings.maxBytes, maxPixels: settings.maxPixels,
        overlay: overlay != nil, formats: ImageFormat.readable(with: decoder).map(\.rawValue)))
  }

  private func write(_ results: ResultRun, _ inputs: ResultInputs, skipped: SkippedFiles) async throws {
    do {
      try await results.run(inputs.inputs)
    } catch {
      await results.report.end(skipped: skipped)
      throw error
    }
    await results.report.end(skipped: skipped)
    if await results.report.failures > 0 { throw ExitStatus.someFailed }
  }

  private func extract(_ run: ExtractRun, _ feed: ExtractFeed) async throws {
    let report = ExtractReport(format: format, files: run.files)
    let paths = ArgumentPaths.bytes(of: paths)
    let again = PathFeed(paths, shards: all ? .all : .named, files: run.files)
    let counting = Task { [part = shard ?? .whole] in
      if StandardError.isTerminal, !paths.contains("-") { try await report.count(again, part: part) }
    }
    defer { counting.cancel() }

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

extension InputPart: ExpressibleByArgument {
  init?(argument: String) { self.init(argument) }
}
