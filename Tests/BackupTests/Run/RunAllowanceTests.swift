import Testing

@testable import Backup

@Suite("How often a backup may be asked for")
struct RunAllowanceTests {
  @Test("three at once, then one in each pause, and never more than three saved up")
  func pace() {
    var allowance = RunAllowance(pause: 600, at: 1000)
    #expect((0..<5).map { _ in allowance.take(at: 1000) } == [0, 0, 0, 600, 600])
    #expect(allowance.take(at: 1300) == 300)
    #expect(allowance.take(at: 1600) == 0)
    #expect(allowance.take(at: 1601) == 599)
    #expect((0..<4).map { _ in allowance.take(at: 100_000) } == [0, 0, 0, 600])
  }

  @Test("one that is given back costs nothing, and a clock that is set back does not block for long")
  func givenBack() {
    var allowance = RunAllowance(pause: 600, at: 1000)
    for _ in 0..<20 {
      #expect(allowance.take(at: 1000) == 0)
      allowance.giveBack()
    }
    for _ in 0..<3 { _ = allowance.take(at: 1000) }
    #expect(allowance.take(at: 5) == 600)
    #expect(allowance.take(at: 605) == 0)
  }

  @Test("0 is no limit")
  func none() {
    var allowance = RunAllowance(pause: 0, at: 0)
    #expect((0..<50).allSatisfy { _ in allowance.take(at: 0) == 0 })
  }
}
