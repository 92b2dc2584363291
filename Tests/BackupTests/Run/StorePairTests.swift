import EmbeddedStorage
import Foundation
import PoseCore
import Testing

@testable import Backup

@Suite("The pair of pose database and picture store")
struct StorePairTests {
  private func isTorn(_ finding: StorePair.Finding) -> Bool { finding != .paired }

  @Test("is exchanged at each look, and stays a pair")
  func exchange() async throws {
    try await withFixture { fixture in
      let (runs, images) = (fixture.storage.runs, fixture.storage.images)
      let pair = StorePair(runs: runs, images: images, place: "here")
      #expect(try await pair.look() == .paired, "before the first")
      var numbers: Set<String> = []
      for _ in 0..<4 {
        #expect(try await pair.exchange() == .paired)
        #expect(try await pair.look() == .paired)
        numbers.insert(try #require(try await runs.fact(FactName.pair)))
      }
      #expect(numbers.count == 4)
      #expect(try await runs.fact(FactName.nextPair) == nil)
    }
  }

  @Test("several servers of one pair exchange it at once", arguments: 1...3)
  func atOnce(round: Int) async throws {
    try await withFixture { fixture in
      let pair = StorePair(runs: fixture.storage.runs, images: fixture.storage.images, place: "here")
      try await withThrowingTaskGroup(of: StorePair.Finding.self) { group in
        for _ in 0..<12 { group.addTask { try await pair.exchange() } }
        for try await finding in group { #expect(finding == .paired) }
      }
      #expect(try await pair.look() == .paired)
    }
  }

  @Test("a crash between any two steps of an exchange is no mismatch")
  func crash() async throws {
    try await withFixture { fixture in
      let (runs, images) = (fixture.storage.runs, fixture.storage.images)
      let pair = StorePair(runs: runs, images: images, place: "here")
      _ = try await pair.exchange()
      let own = try await runs.fact(FactName.pair)
      // after the new number was written down
      #expect(try await runs.replaceFact(FactName.nextPair, nil, with: "next"))
      #expect(try await pair.look() == .paired)
      // and after the picture store has it
      let standing = try await images.pair()
      #expect(try await images.replacePair(standing, with: "next\nhere"))
      #expect(try await pair.look() == .paired)
      #expect(try await pair.exchange() == .paired)
      #expect(try await runs.fact(FactName.pair) != own)
    }
  }

  @Test(
    "a copy of the pose database is found out, whichever side looks first, and both sides stop",
    arguments: [false, true])
  func copy(copyLooksFirst: Bool) async throws {
    try await withFixture { fixture in
      try await withFixture { other in
        let images = fixture.storage.images
        let place = "original in /home/müller/" + String(repeating: "日", count: 300)
        let original = StorePair(runs: fixture.storage.runs, images: images, place: place)
        let copy = StorePair(runs: other.storage.runs, images: images, place: "copy\n\u{202E}")
        _ = try await original.exchange()
        let number = try await fixture.storage.runs.fact(FactName.pair)
        _ = try await other.storage.runs.replaceFact(FactName.pair, nil, with: number)
        let (first, second) = copyLooksFirst ? (copy, original) : (original, copy)
        #expect(try await first.exchange() == .paired, "nobody can know yet")
        #expect(isTorn(try await second.exchange()))
        #expect(isTorn(try await first.exchange()))
        #expect(isTorn(try await first.look()))
        #expect(isTorn(try await second.look()))
        guard case .torn(let line) = try await original.look() else { return }
        #expect(line.contains("original in /home/müller/日") && line.contains(#"copy\x0A\u{202E}"#))
        // a person says which is right
        try await original.pairAnew()
        #expect(try await original.exchange() == .paired)
        #expect(isTorn(try await copy.look()))
      }
    }
  }

  @Test("an empty picture store in the place of the one that was there is none of this database")
  func emptied() async throws {
    try await withFixture { fixture in
      try await withFixture { other in
        let runs = fixture.storage.runs
        _ = try await StorePair(runs: runs, images: fixture.storage.images, place: "a").exchange()
        let wrong = StorePair(runs: runs, images: other.storage.images, place: "a")
        #expect(isTorn(try await wrong.look()))
        #expect(isTorn(try await wrong.exchange()))
      }
    }
  }
}
