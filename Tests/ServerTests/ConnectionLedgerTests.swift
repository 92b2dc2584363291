import Testing

@testable import Server

@Suite("Which connection gives way")
struct ConnectionLedgerTests {
  /// Eight at once, two of them for one address.
  var ledger = ConnectionLedger(ConnectionLedger.Limits(connections: 8, unsentBytes: 1_000_000))

  private static let attacker = NetworkAddress("203.0.113.7")
  private static let visitor = NetworkAddress("198.51.100.1")

  @discardableResult
  private mutating func open(
    _ count: Int, from client: NetworkAddress? = nil, at second: Int, busy: Bool = false
  ) -> [Int] {
    (0..<count).map { _ in
      let id = ledger.admit(client, at: .seconds(second)).id
      if busy { #expect(ledger.beginExchange(id, isForHealth: false) == true) }
      return id
    }
  }

  @Test("below the limit every connection is admitted, however many one address has")
  mutating func belowLimit() {
    for _ in 0..<8 { #expect(ledger.admit(Self.attacker, at: .zero).1 == .admitted) }
  }

  @Test("at the limit the one that rests for longest goes, and none that works")
  mutating func longestResting() {
    open(1, at: 0, busy: true)
    let resting = open(1, at: 1)
    open(6, at: 2)
    #expect(ledger.admit(nil, at: .seconds(3)).1 == .insteadOf(resting[0]))
    #expect(ledger.load.open == 8)
  }

  @Test("a connection that has been used rests from the end of its last request")
  mutating func restBegins() {
    let ids = open(8, at: 0)
    #expect(ledger.beginExchange(ids[0], isForHealth: false) == true)
    ledger.endExchange(ids[0], at: .seconds(5))
    ledger.taken(ids[0], at: .seconds(5))
    #expect(ledger.admit(nil, at: .seconds(6)).1 == .insteadOf(ids[1]))
  }

  @Test("a client that still takes its answer doesn't rest: it goes after all that do, and only if it is slow")
  mutating func takesItsAnswer() {
    let reader = open(1, at: 0, busy: true)[0]
    ledger.endExchange(reader, at: .seconds(1))
    let resting = open(1, at: 20)[0]
    open(6, at: 20, busy: true)
    #expect(ledger.load.underWay == 6, "a request that has its answer is not under way")
    let next = ledger.admit(nil, at: .seconds(21))
    #expect(next.1 == .insteadOf(resting))
    #expect(ledger.beginExchange(next.id, isForHealth: false) == true)
    // nobody rests, and this one has had its answer to take for longer than ten seconds
    #expect(ledger.admit(nil, at: .seconds(22)).1 == .insteadOfReader(reader))
  }

  @Test("a client that is quick about its answer is left alone, and the new one waits")
  mutating func quickReader() {
    let ids = open(8, at: 0, busy: true)
    ledger.endExchange(ids[3], at: .seconds(5))
    #expect(ledger.admit(nil, at: .seconds(6)).1 == .admitted, "as one of the spare ones")
    ledger.taken(ids[3], at: .seconds(7))
    // twice, or during the next request, it means nothing
    ledger.taken(ids[3], at: .seconds(8))
    #expect(ledger.beginExchange(ids[3], isForHealth: false) == true)
    ledger.taken(ids[3], at: .seconds(9))
    #expect(ledger.load.underWay == 8)
  }

  @Test("slow readers of one address give way to it like connections that rest")
  mutating func slowReaderOfOneAddress() {
    let own = open(2, from: Self.attacker, at: 0, busy: true)
    open(6, from: Self.visitor, at: 0, busy: true)
    ledger.endExchange(own[0], at: .seconds(1))
    #expect(ledger.admit(Self.attacker, at: .seconds(10)).1 == .refused)
    #expect(ledger.admit(Self.attacker, at: .seconds(11)).1 == .insteadOfReader(own[0]))
  }

  @Test("at the limit an address with its share or more makes room of its own, or is refused")
  mutating func share() {
    let others = open(6, from: Self.visitor, at: 0)
    let own = open(2, from: Self.attacker, at: 1)
    #expect(ledger.admit(Self.attacker, at: .seconds(2)).1 == .insteadOf(own[0]))
    for id in others { #expect(ledger.beginExchange(id, isForHealth: false) == true) }
    #expect(ledger.beginExchange(own[1], isForHealth: false) == true)
    let third = ledger.admit(Self.attacker, at: .seconds(3))
    guard case .insteadOf = third.1 else { return #expect(third.1 == .refused) }
    #expect(ledger.beginExchange(third.id, isForHealth: false) == true)
    #expect(ledger.admit(Self.attacker, at: .seconds(4)).1 == .refused)
  }

  @Test("connections of an address with more than its share go before older ones of others")
  mutating func crowdedFirst() {
    open(2, from: Self.visitor, at: 0)
    let crowd = open(6, from: Self.attacker, at: 1)
    #expect(ledger.admit(nil, at: .seconds(2)).1 == .insteadOf(crowd[0]))
  }

  @Test("no limit for an address holds for those that are trusted")
  mutating func trusted() {
    open(8, at: 0, busy: true)
    #expect(ledger.admit(nil, at: .seconds(1)).1 == .admitted)
  }

  @Test("with all at work, health is answered and nothing else begins")
  mutating func health() {
    open(8, at: 0, busy: true)
    let (one, admission) = ledger.admit(nil, at: .seconds(1))
    #expect(admission == .admitted)
    #expect(ledger.beginExchange(one, isForHealth: false) == false)
    #expect(ledger.beginExchange(one, isForHealth: true) == true)
    ledger.endExchange(one, at: .seconds(2))
    ledger.taken(one, at: .seconds(2))
    // and it gives way to the next who asks
    #expect(ledger.admit(nil, at: .seconds(3)).1 == .insteadOf(one))
  }

  @Test("connections that wait while all are at work are bounded")
  mutating func spare() {
    open(8, at: 0, busy: true)
    let late = (0..<200).map { ledger.admit(nil, at: .seconds(1 + $0)) }
    #expect(late.contains { if case .insteadOf = $0.1 { true } else { false } })
    #expect(ledger.load.open <= 8 + 32)
  }

  @Test("a closed connection counts no more, closed once or told to twice")
  mutating func closing() {
    let ids = open(8, from: Self.attacker, at: 0)
    #expect(ledger.admit(nil, at: .seconds(1)).1 == .insteadOf(ids[0]))
    for id in ids {
      ledger.closed(id)
      ledger.closed(id)
    }
    #expect(ledger.load.open == 1)
    #expect(ledger.admit(Self.attacker, at: .seconds(2)).1 == .admitted)
  }

  @Test("too many bytes that wait for readers cost the one that has held much for longest its connection")
  mutating func slowReaders() {
    let ids = open(4, at: 0, busy: true)
    #expect(ledger.queued(ids[0], 100_000, at: .seconds(1)) == [])
    #expect(ledger.queued(ids[1], 400_000, at: .seconds(2)) == [])
    #expect(ledger.queued(ids[2], 400_000, at: .seconds(3)) == [])
    // the first holds little, so the second goes
    #expect(ledger.queued(ids[3], 400_000, at: .seconds(4)) == [ids[1]])
    #expect(ledger.unsent == 900_000)
    ledger.sent(ids[1], 400_000)
    #expect(ledger.unsent == 900_000)
    ledger.sent(ids[2], 400_000)
    ledger.closed(ids[3])
    #expect(ledger.unsent == 100_000)
  }

  @Test("a machine is one client: an address of version 4 however it is written, a network of version 6")
  func clients() {
    #expect(NetworkAddress("::ffff:203.0.113.7") == NetworkAddress("203.0.113.7"))
    #expect(NetworkAddress("2001:db8::1")?.client == NetworkAddress("2001:db8::ffff:1")?.client)
    #expect(NetworkAddress("2001:db8:0:1::1")?.client != NetworkAddress("2001:db8::1")?.client)
    for text in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
      #expect(NetworkAddress(text)?.isLoopback == true)
    }
    for text in ["", "1.2.3", "localhost", "1.2.3.4.5", "[::1]"] { #expect(NetworkAddress(text) == nil) }
  }

  @Test(
    "networks hold the addresses that begin with their bits",
    arguments: [
      ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.7", "10.0.0.7", true),
      ("10.0.0.7", "10.0.0.6", false), ("192.168.128.0/17", "192.168.129.1", true),
      ("192.168.128.0/17", "192.168.127.1", false), ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::2", false),
      ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
      ("10.0.0.0/8", "::ffff:10.0.0.1", true),
    ])
  func networks(network: String, address: String, isIn: Bool) throws {
    let range = try #require(NetworkRange(network))
    #expect(range.contains(try #require(NetworkAddress(address))) == isIn)
  }

  @Test(
    "what is no network is none", arguments: ["", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "a/8"])
  func noNetwork(text: String) { #expect(NetworkRange(text) == nil) }
}
