import Testing

@testable import Access

@Suite("The limit on guessing")
struct GuessLimitTests {
  private let start = ContinuousClock.now

  @Test("a place has twenty wrong keys at once, and then one in three seconds; others have their own")
  func budget() {
    let limit = GuessLimit<String>()
    for _ in 0..<20 { #expect(limit.take(1, from: "a", at: start) == .everybodys) }
    #expect(limit.take(1, from: "a", at: start) == .none(wait: .seconds(3)))
    #expect(limit.take(1, from: "b", at: start) == .everybodys)
    #expect(limit.take(1, from: "a", at: start + .milliseconds(2999)) != .everybodys)
    #expect(limit.take(1, from: "a", at: start + .seconds(3)) == .everybodys)
    #expect(limit.take(1, from: "a", at: start + .seconds(3)) == .none(wait: .seconds(3)))
    // an hour of rest gives no more than twenty; two keys of one request count as two
    for _ in 0..<10 { #expect(limit.take(2, from: "a", at: start + .seconds(3600)) == .everybodys) }
    #expect(limit.take(1, from: "a", at: start + .seconds(3600)) != .everybodys)
  }

  @Test("right keys cost nothing, and a place that has shown one has as many guesses again, and not more")
  func rightOnesPass() {
    let limit = GuessLimit<String>()
    for _ in 0..<100 {
      #expect(limit.take(1, from: "a", at: start) == .everybodys)
      limit.giveBack(1, of: .everybodys, to: "a", at: start)
    }
    #expect(limit.places == 0)
    limit.noteRight(from: "a", at: start)
    for place in ["a", "b"] {
      for _ in 0..<20 { #expect(limit.take(1, from: place, at: start) == .everybodys) }
    }
    for _ in 0..<20 { #expect(limit.take(1, from: "a", at: start) == .trusted) }
    #expect(limit.take(1, from: "a", at: start) == .none(wait: .seconds(3)))
    #expect(limit.take(1, from: "b", at: start) == .none(wait: .seconds(3)))
    // the right one again, which changes nothing
    limit.noteRight(from: "a", at: start)
    #expect(limit.take(1, from: "a", at: start) == .none(wait: .seconds(3)))
    #expect(limit.take(1, from: "a", at: start + .seconds(3)) == .everybodys)
    #expect(limit.take(1, from: "a", at: start + .seconds(3)) == .trusted)
    #expect(limit.take(1, from: "a", at: start + .seconds(3)) == .none(wait: .seconds(3)))
  }

  @Test("of places without number only so many are remembered")
  func memory() {
    let limit = GuessLimit<Int>()
    for place in 0..<50_000 { _ = limit.take(1, from: place, at: start) }
    #expect(limit.places <= 10_000)
    for _ in 0..<20 { _ = limit.take(1, from: -1, at: start) }
    #expect(limit.take(1, from: -1, at: start) == .none(wait: .seconds(3)))
  }

  @Test("at most 64 answers are held back at once")
  func delays() async {
    let limit = GuessLimit<Int>()
    let held = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<80 { group.addTask { await limit.delay(for: .seconds(1)) } }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(held == 64)
    #expect(await limit.delay(for: .zero))
  }
}
