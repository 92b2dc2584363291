import Testing

@testable import Access

@Suite("The limit on guessing")
struct GuessLimitTests {
  private let start = ContinuousClock.now

  @Test("a place has twenty wrong keys at once, and then one in three seconds; others have their own")
  func budget() {
    let limit = GuessLimit<String>()
    for _ in 0..<20 {
      #expect(limit.mayGuess(from: "a", at: start))
      #expect(limit.noteWrong(from: "a", at: start) == nil)
    }
    #expect(!limit.mayGuess(from: "a", at: start))
    #expect(limit.noteWrong(from: "a", at: start) == .seconds(3))
    #expect(limit.mayGuess(from: "b", at: start))
    #expect(!limit.mayGuess(from: "a", at: start + .milliseconds(2999)))
    #expect(limit.mayGuess(from: "a", at: start + .seconds(3)))
    #expect(limit.noteWrong(from: "a", at: start + .seconds(3)) == nil)
    #expect(limit.noteWrong(from: "a", at: start + .seconds(3)) == .seconds(3))
    // an hour of rest gives no more than twenty
    for _ in 0..<20 { #expect(limit.noteWrong(from: "a", at: start + .seconds(3600)) == nil) }
    #expect(limit.noteWrong(from: "a", at: start + .seconds(3600)) != nil)
  }

  @Test("a place that has shown the right key is believed beyond the limit")
  func rightOnesPass() {
    let limit = GuessLimit<String>()
    limit.noteRight(from: "a")
    for place in ["a", "b"] {
      for _ in 0..<30 { _ = limit.noteWrong(from: place, at: start) }
    }
    #expect(limit.mayGuess(from: "a", at: start))
    #expect(!limit.mayGuess(from: "b", at: start))
  }

  @Test("of places without number only so many are remembered")
  func memory() {
    let limit = GuessLimit<Int>()
    for place in 0..<50_000 { _ = limit.noteWrong(from: place, at: start) }
    #expect(limit.places <= 10_000)
    for _ in 0..<20 { _ = limit.noteWrong(from: -1, at: start) }
    #expect(!limit.mayGuess(from: -1, at: start))
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
