import PoseCore

/// The pictures of a worker between their arrival and their answer, apart from processes and time.
///
/// Several are with the process that looks at them. Which of them it was that ended or held it is not known, so each is
/// tried once more alone: the one that ends it again is answered as crashed, and all others as ever.
struct WorkerQueue {
  private struct Picture {
    let number: Int
    let bytes: [UInt8]
    /// How many processes have ended while it was with them.
    var ends = 0
  }

  /// Pictures that have come and are not answered yet, at most.
  let window: Int
  /// Those to be handed over, and those that are with the process, oldest first.
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

  /// Whether there is a picture to be handed over.
  var hasWaiting: Bool { !waiting.isEmpty }

  mutating func add(_ bytes: [UInt8]) {
    waiting.append(Picture(number: come, bytes: bytes))
    come += 1
  }

  /// A picture that is answered without having been looked at.
  mutating func add(answer: [UInt8]) {
    answers[come] = answer
    come += 1
  }

  /// The next picture for the process; nil where there is none, or one of those with it must be alone.
  mutating func next() -> [UInt8]? {
    guard let first = waiting.first, !sent.contains(where: { $0.ends > 0 }), first.ends == 0 || sent.isEmpty else {
      return nil
    }
    sent.append(waiting.removeFirst())
    return first.bytes
  }

  /// The process has answered its oldest picture. False where it has none.
  mutating func answer(_ record: [UInt8]) -> Bool {
    guard !sent.isEmpty else { return false }
    answers[sent.removeFirst().number] = record
    return true
  }

  /// The process is gone.
  ///
  /// - Parameter answer: for a picture that has ended two.
  mutating func processHasEnded(_ answer: [UInt8]) {
    var again: [Picture] = []
    for var picture in sent {
      picture.ends += 1
      if picture.ends > 1 { answers[picture.number] = answer } else { again.append(picture) }
    }
    sent = []
    waiting = again + waiting
  }

  /// Answers in the order of the pictures, as far as there is no gap.
  mutating func takeAnswers() -> [UInt8] {
    var bytes: [UInt8] = []
    while let answer = answers.removeValue(forKey: answered) {
      bytes += answer
      answered += 1
    }
    return bytes
  }
}
