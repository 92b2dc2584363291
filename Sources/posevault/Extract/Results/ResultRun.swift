import Glibc
import NIOCore
import PoseCore

/// Writes a result for each input, several at a time; inputs finished by an earlier run are skipped.
struct ResultRun: Sendable {
  /// For the pictures of one input.
  let pictures: ExtractRun
  let folder: ResultFolder
  /// For inputs in S3; nil if there are none.
  let buckets: S3Buckets?
  let format: PoseFormat
  let making: ResultStats.Making
  let report: ResultReport
  /// Pictures at once, of all inputs together.
  let window: Int

  private typealias Input = ResultInputs.Input

  /// Throws `CancellationError`, and `fileSystem` if no more results could be written.
  func run(_ inputs: [ResultInputs.Input]) async throws {
    try await withThrowingTaskGroup(of: Int.self) { group in
      var atWork = 0
      for input in inputs {
        let isShard = try await isShard(input)
        let weight = isShard ? pictures.window : 1
        while atWork > 0, atWork + weight > window, let ended = try await group.next() { atWork -= ended }
        atWork += weight
        group.addTask {
          let ending = try await look(at: input, isShard: isShard)
          await report.tell(input.source.path, ending)
          return weight
        }
      }
      try await group.waitForAll()
    }
  }

  private func isShard(_ input: Input) async throws -> Bool {
    if input.source.tarBeginning != nil { return true }
    guard input.source.failure == nil else { return false }
    return try await pictures.files.run { input.source.isShard }
  }

  private func look(at input: Input, isShard: Bool) async throws -> ResultReport.Ending {
    if let failure = input.source.failure { return .failed(failure) }
    do {
      return try await write(input, isShard: isShard)
    } catch let failure as FileReader.Failure {
      return .failed(failure.ofPicture(limit: pictures.maxBytes).message)
    } catch let error as PoseVaultError {
      return .failed(error.message)
    } catch is ResultFile.Taken {
      return .failed("Another process is writing its result.")
    } catch let failure as SystemFailure {
      return try failed(failure.number, failure.reason)
    } catch Descriptor.Failure.system(let number) {
      return try failed(number, SystemFailure(number).reason)
    }
  }

  private func failed(_ number: Int32, _ reason: String) throws -> ResultReport.Ending {
    let message = "The result cannot be written: \(reason)."
    // the others would fare no better
    if [ENOSPC, EDQUOT, EROFS].contains(number) { throw PoseVaultError(.fileSystem, message) }
    return .failed(message)
  }

  private func write(_ input: Input, isShard: Bool) async throws -> ResultReport.Ending {
    let start = ContinuousClock.now
    let bytes = try await open(input.source)
    let result = try await folder.result(of: input.place, ending: format.ending, files: pictures.files)
    if try await isDone(result, bytes, input.source) { return .known }
    try await result.begin()
    // another process may have done it between
    if try await isDone(result, bytes, input.source) {
      await result.discard(withEarlier: false)
      return .known
    }
    do {
      var passedOver = 0
      let tally: ResultTally
      if isShard {
        let feed = ShardFeed(bytes, maxBytes: pictures.maxBytes)
        tally = try await write(feed, to: result, in: input.source.path)
        passedOver = await feed.skipped.count
      } else {
        let feed = SingleFeed(try await picture(bytes, at: input.source.path))
        tally = try await write(feed, to: result, in: nil)
      }
      let digest = try await bytes.digest()
      let output = try await result.finish()
      let stats = ResultStats(
        digest, output: output, making: making, tally: tally, passedOver: passedOver,
        seconds: (ContinuousClock.now - start) / .seconds(1))
      try await result.tell(stats)
      return .done
    } catch {
      // an earlier result would be taken for one of what lies there now
      let isOutdated = (error as? PoseVaultError)?.code == .corruptArchive
      await discard(result, withEarlier: isOutdated)
      throw error
    }
  }

  /// In a task of its own, because a cancelled one gets no thread.
  private func discard(_ result: any InputResult, withEarlier: Bool) async {
    await Task { await result.discard(withEarlier: withEarlier) }.value
  }

  private func open(_ source: PathFeed.Picture) async throws -> any InputBytes {
    if let beginning = source.tarBeginning { return StandardInputBytes(beginning, files: pictures.files) }
    if let address = source.object, let buckets {
      return try await ObjectBytes(address, in: buckets, files: pictures.files)
    }
    return try await pictures.files.run { [files = pictures.files] in try InputFile(source.path, files: files) }
  }

  /// Whether an earlier run has written the same result of the same input.
  private func isDone(
    _ result: any InputResult, _ bytes: any InputBytes, _ source: PathFeed.Picture
  ) async throws -> Bool {
    // what can be read once can't be compared
    guard source.tarBeginning == nil, let earlier = try await result.earlier(), earlier.making == making,
      earlier.input.bytes == bytes.length
    else { return false }
    if let mark = bytes.mark, mark == earlier.input.mark { return true }
    let again = try await open(source)
    while try await !again.next().isEmpty { try Task.checkCancellation() }
    return try await again.digest().sha256 == earlier.input.sha256
  }

  /// The digest is of its own bytes, so it is not read twice.
  private func picture(_ bytes: any InputBytes, at path: FilePath) async throws -> FedPicture {
    let length = bytes.length ?? 0
    guard length <= pictures.maxBytes else {
      while try await !bytes.next().isEmpty { try Task.checkCancellation() }
      return FedPicture(path, .failure(FileReader.Failure.tooLarge(bytes: length).ofPicture(limit: pictures.maxBytes)))
    }
    var buffer = ByteBufferAllocator().buffer(capacity: length)
    while true {
      let piece = try await bytes.next()
      // one that grows meanwhile is refused by its digest
      guard !piece.isEmpty, buffer.readableBytes <= length else { return FedPicture(path, .bytes(buffer)) }
      buffer.writeBytes(piece)
    }
  }

  private func write(
    _ feed: some PictureFeed, to result: any InputResult, in shard: FilePath?
  ) async throws -> ResultTally {
    var writer = format.writer
    var tally = ResultTally()
    try await write(writer.begin(), to: result)
    try await pictures.run(feed) { outcome in
      try tally.add(outcome)
      try await write(writer.picture(outcome), to: result)
      await report.tell(outcome, in: shard)
    }
    try await write(writer.end(), to: result)
    return tally
  }

  private func write(_ bytes: [UInt8], to result: any InputResult) async throws {
    guard !bytes.isEmpty else { return }
    try await result.write(bytes)
  }
}

/// One picture.
private actor SingleFeed: PictureFeed {
  private var picture: FedPicture?

  init(_ picture: FedPicture) { self.picture = picture }

  func nextPicture() -> FedPicture? {
    defer { picture = nil }
    return picture
  }
}
