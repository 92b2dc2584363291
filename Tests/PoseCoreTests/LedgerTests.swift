import Testing

@testable import PoseCore

@Suite("A budget's arithmetic")
struct LedgerTests {
  @Test("grants what is free, then queues, then refuses")
  func order() {
    var ledger = Ledger<String>(capacity: 3, maxWaiting: 2)
    let answers = [(2, "a"), (1, "b"), (1, "c"), (1, "d"), (1, "e")].map { units, waiter in
      ledger.request(units, id: ledger.newID(), waiter: waiter)
    }
    #expect(answers == [.granted, .granted, .queued, .queued, .full])
    let granted = [ledger.give(1), ledger.give(2)]
    #expect(granted == [["c"], ["d"]])
    #expect(ledger.available == 1)
  }

  @Test("never lets a small request overtake a large one")
  func fairness() {
    var ledger = Ledger<String>(capacity: 4, maxWaiting: 10)
    let first = ledger.takeNow(3)
    let large = ledger.request(4, id: 1, waiter: "large")
    let small = ledger.request(1, id: 2, waiter: "small")
    let overtaking = ledger.takeNow(1)
    #expect(first && large == .queued && small == .queued && !overtaking)
    let granted = [ledger.give(1), ledger.give(2), ledger.give(4)]
    #expect(granted == [[], ["large"], ["small"]])
  }

  @Test("lets those behind a withdrawn request go on, and gives nothing back twice")
  func withdrawal() {
    var ledger = Ledger<String>(capacity: 2, maxWaiting: 10)
    let first = ledger.takeNow(1)
    let large = ledger.request(2, id: 1, waiter: "large")
    let small = ledger.request(1, id: 2, waiter: "small")
    #expect(first && large == .queued && small == .queued)
    let withdrawal = ledger.withdraw(1)
    #expect(withdrawal.withdrawn == "large" && withdrawal.granted == ["small"])
    for id in [1, 2, 3] {
      let nothing = ledger.withdraw(id)
      #expect(nothing.withdrawn == nil && nothing.granted == [])
    }
    #expect(ledger.available == 0)
  }
}
