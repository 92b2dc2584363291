import Testing

@testable import Server

@Suite("The pace of connections")
struct ConnectionPaceTests {
  static let limits = ConnectionPace.Limits(
    header: .seconds(10), uploadRate: 100, uploadWindow: .seconds(5), body: .seconds(300),
    stalledReader: .seconds(30), idle: .seconds(60))

  var pace = ConnectionPace(limits, at: .zero)

  @Test("a connection on which nothing comes is closed after the header deadline")
  mutating func silence() {
    #expect(pace.verdict(at: .seconds(9), unsent: 0) == nil)
    #expect(pace.verdict(at: .seconds(10), unsent: 0) == .idle)
  }

  @Test("the first header's deadline counts from the connection's beginning, however its bytes drip")
  mutating func drippingHeader() {
    for second in 1...9 {
      pace.received(1, at: .seconds(second))
      #expect(pace.verdict(at: .seconds(second), unsent: 0) == nil)
    }
    #expect(pace.verdict(at: .seconds(10), unsent: 0) == .slowHeader)
  }

  @Test("a later header's deadline counts from its first byte, and until then the connection may rest")
  mutating func laterHeader() {
    finishExchange(at: .seconds(1))
    #expect(pace.verdict(at: .seconds(60), unsent: 0) == nil)
    pace.received(1, at: .seconds(60))
    #expect(pace.verdict(at: .seconds(69), unsent: 0) == nil)
    #expect(pace.verdict(at: .seconds(70), unsent: 0) == .slowHeader)
  }

  @Test("a connection at rest is closed after the idle timeout")
  mutating func idle() {
    finishExchange(at: .seconds(1))
    #expect(pace.verdict(at: .seconds(61), unsent: 0) == .idle)
  }

  @Test("a body below the minimum rate is too slow, one above is not")
  mutating func bodyRate() {
    beginBody()
    for second in 1...20 {
      pace.received(100, at: .seconds(second))
      #expect(pace.verdict(at: .seconds(second), unsent: 0) == nil)
    }
    for second in 21...24 { pace.received(99, at: .seconds(second)) }
    #expect(pace.verdict(at: .seconds(25), unsent: 0) == .slowBody)
  }

  @Test("a body has a time in all, however steadily it comes")
  mutating func bodyTime() {
    beginBody()
    for second in 1...299 {
      pace.received(100_000, at: .seconds(second))
      #expect(pace.verdict(at: .seconds(second), unsent: 0) == nil)
    }
    #expect(pace.verdict(at: .seconds(300), unsent: 0) == .longBody)
  }

  @Test("who has sent much must go on as fast as brings as much again within the time for a body")
  mutating func growingRate() {
    beginBody()
    // 30 MB ask for 100,000 bytes a second
    pace.received(30_000_000, at: .seconds(1))
    #expect(pace.verdict(at: .seconds(5), unsent: 0) == nil)
    for second in 6...10 { pace.received(110_000, at: .seconds(second)) }
    #expect(pace.verdict(at: .seconds(10), unsent: 0) == nil)
    for second in 11...15 { pace.received(90_000, at: .seconds(second)) }
    #expect(pace.verdict(at: .seconds(15), unsent: 0) == .slowBody)
  }

  @Test("a fast start buys no slow end")
  mutating func fastStart() {
    beginBody()
    pace.received(1_000_000, at: .seconds(1))
    #expect(pace.verdict(at: .seconds(5), unsent: 0) == nil)
    #expect(pace.verdict(at: .seconds(10), unsent: 0) == .slowBody)
  }

  @Test("time in which the server doesn't read doesn't count against the client")
  mutating func serverBusy() {
    beginBody()
    pace.waits(false, at: .seconds(1))
    #expect(pace.verdict(at: .seconds(100), unsent: 0) == nil)
    pace.waits(true, at: .seconds(100))
    #expect(pace.verdict(at: .seconds(103), unsent: 0) == nil)
    #expect(pace.verdict(at: .seconds(104), unsent: 0) == .slowBody)
  }

  @Test("a route may take as long as it likes")
  mutating func slowRoute() {
    beginBody()
    pace.bodyEnded()
    #expect(pace.verdict(at: .seconds(1000), unsent: 0) == nil)
  }

  @Test("a reader is stalled when nothing is taken for the deadline, not when little is")
  mutating func stalledReader() {
    beginBody()
    pace.bodyEnded()
    pace.queued(1000)
    var unsent = 1000
    for second in stride(from: 0, through: 200, by: 20) {
      unsent -= 1
      #expect(pace.verdict(at: .seconds(second), unsent: unsent) == nil)
    }
    #expect(pace.verdict(at: .seconds(229), unsent: unsent) == nil)
    #expect(pace.verdict(at: .seconds(230), unsent: unsent) == .stalledReader)
  }

  private mutating func beginBody() {
    pace.waits(true, at: .zero)
    pace.received(50, at: .zero)
    pace.headerEnded(at: .zero)
  }

  private mutating func finishExchange(at now: Duration) {
    pace.received(50, at: .zero)
    pace.headerEnded(at: now)
    pace.bodyEnded()
    pace.exchangeEnded(at: now)
  }
}
