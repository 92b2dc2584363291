import ArgumentParser
import Glibc
import PoseCore

/// Pictures in frames from standard input, records to standard output, in order: see docs/worker.md.
///
/// It doesn't process any itself: a separate process does, which is restarted when a picture has crashed it or takes
/// too long. Used by one thread, which it blocks.
final class Worker {
  private let arguments: [String]
  private let maxBytes: Int
  private let limit: Duration
  private var queue: WorkerQueue
  private var frames: FrameCutter
  private var hasEnded = false
  private var process: WorkerProcess?
  private var records = FrameCutter(longest: WorkerRecord.longest)
  /// Whether the process has loaded the models, which it reports with an empty frame.
  private var isReady = false
  /// Consecutive failed starts.
  private var vainStarts = 0
  /// What the process has not accepted yet.
  private var outgoing: ArraySlice<UInt8> = []
  /// Since when its next answer has been due.
  private var owesSince = ContinuousClock.now

  static let mostStarts = 3
  /// The time limit for a start.
  static let startLimit = Duration.seconds(120)

  /// - Parameters:
  ///   - arguments: that make this program the process.
  ///   - window: the maximum number of unanswered pictures.
  ///   - maxBytes: of a picture.
  ///   - limit: the time limit for one picture.
  init(arguments: [String], window: Int, maxBytes: Int, limit: Duration) {
    self.arguments = arguments
    self.maxBytes = maxBytes
    self.limit = limit
    queue = WorkerQueue(window: window)
    frames = FrameCutter(longest: maxBytes)
  }

  /// Runs until the input has ended and everything is answered. Throws `CancellationError`, `badRequest` if the input
  /// ends in the middle of a picture, ``Descriptor/Failure`` for standard output, and whatever prevents the process
  /// from starting.
  func run(_ stop: StopFlag) throws {
    defer { process?.end() }
    while !hasEnded || !queue.isEmpty {
      try stop.check()
      if process == nil, queue.hasWaiting { try start() }
      handOver()
      try wait()
      try answer()
      try endWhereLate()
    }
    guard frames.isAtBorder else {
      throw PoseVaultError(.badRequest, "Standard input ended in the middle of a picture.")
    }
  }

  private func start() throws {
    process = try WorkerProcess(arguments: arguments)
    records = FrameCutter(longest: WorkerRecord.longest)
    isReady = false
    outgoing = []
    owesSince = .now
  }

  private func handOver() {
    guard process != nil, isReady, outgoing.isEmpty else { return }
    let isFirst = !queue.isWaitingForAnswer
    guard let picture = queue.next() else { return }
    if isFirst { owesSince = .now }
    outgoing = LittleEndian.bytes(UInt32(clamping: picture.count))[...] + picture
  }

  /// Waits until something can be done, and does it.
  private func wait() throws {
    var watched: [pollfd] = []
    func watch(_ descriptor: Int32?, _ events: Int32, if isWanted: Bool) -> Int? {
      guard let descriptor, isWanted else { return nil }
      watched.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
      return watched.count - 1
    }
    let input = watch(STDIN_FILENO, POLLIN, if: !hasEnded && queue.hasRoom)
    let answers = watch(process?.output, POLLIN, if: true)
    let pictures = watch(process?.input, POLLOUT, if: !outgoing.isEmpty)
    // milliseconds that a stop has to wait
    guard poll(&watched, nfds_t(watched.count), 200) > 0 else { return }
    func isDue(_ index: Int?) -> Bool { index.map { watched[$0].revents != 0 } ?? false }
    if isDue(pictures), let process { outgoing = outgoing.dropFirst(process.send(outgoing)) }
    if isDue(answers) { try takeRecords() }
    if isDue(input) { try takePictures() }
  }

  private func takePictures() throws {
    let piece = try Descriptor.read(STDIN_FILENO)
    if piece.isEmpty { hasEnded = true }
    frames.append(piece)
    while let frame = frames.next() {
      switch frame {
      case .whole(let bytes): queue.add(bytes)
      case .tooLong(let length):
        queue.add(
          answer: WorkerRecord.bytes(.pictureTooLarge(length, maxBytes: maxBytes, setting: "MAX_UPLOAD_MB")))
      }
    }
  }

  private func takeRecords() throws {
    guard let process else { return }
    let piece = process.read()
    guard !piece.isEmpty else { return try processHasEnded(process.end()) }
    records.append(piece)
    while let record = records.next() {
      owesSince = .now
      guard case .whole(let body) = record else { return try processHasEnded(process.end()) }
      guard isReady else {
        isReady = true
        vainStarts = 0
        continue
      }
      guard queue.answer(LittleEndian.bytes(UInt32(clamping: body.count)) + body) else {
        return try processHasEnded(process.end())
      }
    }
  }

  private func processHasEnded(_ ending: WorkerProcess.Ending, isLate: Bool = false) throws {
    process = nil
    outgoing = []
    if !isReady {
      vainStarts += 1
      // one that says what is wrong would say it again
      if case .exited(let status) = ending, status != 0 { throw ExitStatus(status) }
      guard vainStarts < Self.mostStarts else {
        throw PoseVaultError(
          .internal, "The worker's process ended \(vainStarts) times before it was ready, with \(ending.text).")
      }
      return
    }
    let reason = isLate ? "took longer than \(limit.components.seconds) s" : "ended the process with \(ending.text)"
    queue.processHasEnded(WorkerRecord.bytes(PoseVaultError(.internal, "The picture \(reason).")))
  }

  private func endWhereLate() throws {
    guard let process, !isReady || queue.isWaitingForAnswer,
      ContinuousClock.now - owesSince > (isReady ? limit : Self.startLimit)
    else { return }
    try processHasEnded(process.end(), isLate: true)
  }

  private func answer() throws {
    let bytes = queue.takeAnswers()
    guard !bytes.isEmpty else { return }
    let before = ContinuousClock.now
    try Descriptor.write(bytes, to: STDOUT_FILENO)
    // what a slow reader takes is not the process's time
    owesSince += ContinuousClock.now - before
  }
}
