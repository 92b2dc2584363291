import Testing

@testable import posevault

@Suite("A worker's pictures")
struct WorkerTests {
  private func drained(_ queue: inout WorkerQueue) -> [UInt8] {
    var sent: [UInt8] = []
    while let picture = queue.next() { sent += picture }
    return sent
  }

  @Test("the one that ends the process again is answered as crashed; those beside it are looked at again, alone")
  func crash() {
    var queue = WorkerQueue(window: 4)
    for byte: UInt8 in 1...4 { queue.add([byte]) }
    #expect(!queue.hasRoom)
    #expect(drained(&queue) == [1, 2, 3, 4])
    #expect(queue.answer([11]) == true)
    #expect(queue.takeAnswers() == [11])
    queue.processHasEnded([0])
    #expect(queue.takeAnswers() == [])
    // 2 is alone, and then 3, which ends the next one
    #expect(drained(&queue) == [2])
    #expect(queue.answer([12]) == true)
    #expect(drained(&queue) == [3])
    queue.processHasEnded([0])
    #expect(queue.takeAnswers() == [12, 0])
    #expect(drained(&queue) == [4])
    queue.add([5])
    #expect(drained(&queue) == [])
    #expect(queue.answer([14]) == true)
    #expect(drained(&queue) == [5])
    #expect(queue.answer([15]) == true)
    #expect(queue.takeAnswers() == [14, 15])
    #expect(queue.isEmpty && !queue.isWaitingForAnswer)
  }

  @Test("an answer that nobody has asked for is none; one without a look keeps its place")
  func order() {
    var queue = WorkerQueue(window: 4)
    #expect(queue.answer([1]) == false)
    queue.add([1])
    queue.add(answer: [22])
    #expect(queue.takeAnswers() == [])
    #expect(drained(&queue) == [1])
    #expect(queue.answer([11]) == true)
    #expect(queue.takeAnswers() == [11, 22])
  }

  @Test("frames are cut wherever the pieces end; what is too long is dropped", arguments: [1, 2, 3, 5, 100])
  func frames(length: Int) {
    let bytes: [UInt8] = [1, 0, 0, 0, 7, 0, 0, 0, 0, 9, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 0, 0, 0, 5, 6]
    var cutter = FrameCutter(longest: 8)
    var found: [FrameCutter.Frame] = []
    for start in stride(from: 0, to: bytes.count, by: length) {
      cutter.append(Array(bytes[start..<min(start + length, bytes.count)]))
      while let frame = cutter.next() { found.append(frame) }
    }
    #expect(found == [.whole([7]), .whole([]), .tooLong(9), .whole([5, 6])])
    #expect(cutter.isAtBorder)
    cutter.append([3, 0])
    #expect(cutter.next() == nil)
    #expect(!cutter.isAtBorder)
  }
}
