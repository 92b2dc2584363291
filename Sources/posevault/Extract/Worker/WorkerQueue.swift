import PoseCore

/// A worker's pictures between arrival and answer, separate from processes and time.
///
/// Several are with the process at once. Which of them crashed or delayed it is not known, so each is retried alone:
/// the one that crashes it again is reported as crashed, and all others are answered as usual.
struct WorkerQueue {
  private struct Picture {
    let number: Int
    let bytes: [UInt8]
    /// How many processes have ended while they had it.
    var ends = 0
  }

  /// The maximum number of unanswered pictures.
  let window: Int
  /// Those waiting to be handed over, and those with the process, oldest first.
  private var waiting: [Picture] = []
  private var sent: [Picture] = []
  private var answers: [Int: [UInt8]] = [:]
  private var come = 0
  private var answered = 0

  init(window: Int) { self.window = window }

  var hasRoom: Bool { come - answered < window }

  var isEmpty: Bool { come == answered }

  /// Whether the process owes an answer.
  var isWaitingForAnswer: Bool { !sent.isEmpty }

  /// Whether there is a picture to hand over.
  var hasWaiting: Bool { !waiting.isEmpty }

  mutating func add(_ bytes: [UInt8]) {
    waiting.append(Picture(number: come, bytes: bytes))
    come += 1
  }

  /// Adds a picture that is answered without being processed.
  mutating func add(answer: [UInt8]) {
    answers[come] = answer
    come += 1
  }

  /// The next picture for the process; nil if there is none, or one of those with it must be alone.
  mutating func next() -> [UInt8]? {
    guard let first = waiting.first, !sent.contains(where: { $0.ends > 0 }), first.ends == 0 || sent.isEmpty else {
      return nil
    }
    sent.append(waiting.removeFirst())
    return first.bytes
  }

  /// The process has answered its oldest picture. False if it has none.
  mutating func answer(_ record: [UInt8]) -> Bool {
    guard !sent.isEmpty else { return false }
    answers[sent.removeFirst().number] = record
    return true
  }

  /// The process is gone.
  ///
  /// - Parameter answer: for a picture that has crashed two.
  mutating func processHasEnded(_ answer: [UInt8]) {
    var again: [Picture] = []
    for var picture in sent {
      picture.ends += 1
      if picture.ends > 1 { answers[picture.number] = answer } else { again.append(picture) }
    }
    sent = []
    waiting = again + waiting
  }

  /// Answers in the order of the pictures, up to the first gap.
  mutating func takeAnswers() -> [UInt8] {
    var bytes: [UInt8] = []
    while let answer = answers.removeValue(forKey: answered) {
      bytes += answer
      answered += 1
    }
    return bytes
  }
}
