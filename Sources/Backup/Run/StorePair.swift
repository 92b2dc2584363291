public import PoseCore

/// Whether pose database and picture store belong together.
///
/// Both hold the same random number, which is exchanged for a new one at each look. A copy of one of them falls behind
/// with the first exchange that it does not see. What decides is in the picture store, which the copies share: there the
/// number is exchanged by compare and set.
public struct StorePair: Sendable {
  public enum Finding: Sendable, Hashable {
    case paired
    /// What is wrong, for a person.
    case torn(String)
  }

  let runs: any SharedFacts
  let images: any PairableImages
  /// Names this side for a person, without secrets.
  let place: String

  public init(runs: any SharedFacts, images: any PairableImages, place: String) {
    self.runs = runs
    self.images = images
    self.place = place
  }

  /// What the picture store holds: the number, whose it is, and who came with another one.
  private struct Mark {
    var number: String
    var owner: String
    var rival: String?

    init(number: String, owner: String, rival: String? = nil) {
      self.number = number
      self.owner = owner
      self.rival = rival
    }

    /// Three lines; owner and rival are on one each, and short.
    init(_ text: String) {
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      self.init(number: lines[0], owner: lines.count > 1 ? lines[1] : "", rival: lines.count > 2 ? lines[2] : nil)
    }

    var text: String { [number, owner, rival].compactMap(\.self).joined(separator: "\n") }
  }

  /// Exchanges the number, or says that the stores are not a pair. Throws the stores' errors.
  public func exchange() async throws -> Finding {
    // several servers of one pair may meet here; each finishes what it finds begun
    for _ in 0..<Self.attempts {
      let (standing, next, own) = try await numbers()
      guard let standing else {
        if own != nil {
          // where another server has paired them meanwhile, the picture store had it first
          if try await images.pair() != nil { continue }
          return .torn(Self.strange(place))
        }
        let number = try await nextNumber(next)
        let isFirst = try await images.replacePair(nil, with: Mark(number: number, owner: owner).text)
        guard isFirst, try await take(number, replacing: own) else { continue }
        return .paired
      }
      let mark = Mark(standing)
      if let rival = mark.rival { return .torn(Self.contested(mark.owner, rival)) }
      if mark.number == next {
        _ = try await take(mark.number, replacing: own)
        continue
      }
      guard mark.number == own else {
        var contested = mark
        contested.rival = owner
        // the other side must stop, too
        guard try await images.replacePair(standing, with: contested.text) else { continue }
        return .torn(Self.contested(mark.owner, owner))
      }
      let number = try await nextNumber(next)
      guard try await images.replacePair(standing, with: Mark(number: number, owner: owner).text) else { continue }
      if try await take(number, replacing: own) { return .paired }
    }
    // others exchange it all the time: it is theirs, and so is this side's
    return .paired
  }

  /// Whether they are a pair, as far as can be told without an exchange.
  public func look() async throws -> Finding {
    for _ in 0..<Self.attempts {
      let (standing, next, own) = try await numbers()
      guard let standing else {
        if own == nil { return .paired }
        if try await images.pair() != nil { continue }
        return .torn(Self.strange(place))
      }
      let mark = Mark(standing)
      if let rival = mark.rival { return .torn(Self.contested(mark.owner, rival)) }
      if mark.number == own || mark.number == next { return .paired }
      // an exchange of another server may have come between
      if try await images.pair() == standing { return .torn(Self.contested(mark.owner, owner)) }
    }
    return .paired
  }

  /// What the picture store holds, then the number that it is being exchanged for, and this side's own, read in the order
  /// in which an exchange writes the first two: as long as the picture store holds a number of this side, it is the next
  /// one until it is the own one.
  private func numbers() async throws -> (standing: String?, next: String?, own: String?) {
    let standing = try await images.pair()
    let next = try await runs.fact(FactName.nextPair)
    return (standing, next, try await runs.fact(FactName.pair))
  }

  /// Makes these two a pair whatever they held, because a person said so.
  public func pairAnew() async throws {
    for _ in 0..<Self.attempts {
      let (standing, next, own) = try await numbers()
      let number = DatasetID.random()
      guard try await runs.replaceFact(FactName.nextPair, next, with: number),
        try await images.replacePair(standing, with: Mark(number: number, owner: owner).text)
      else { continue }
      if try await take(number, replacing: own) { return }
    }
    throw PoseVaultError(.storageUnavailable, "Other servers are updating the pair at the same time. Try again.")
  }

  /// The number to exchange it for; written down first, so that a crash in between is no mismatch.
  private func nextNumber(_ begun: String?) async throws -> String {
    if let begun { return begun }
    let number = DatasetID.random()
    if try await runs.replaceFact(FactName.nextPair, nil, with: number) { return number }
    return try await runs.fact(FactName.nextPair) ?? number
  }

  private func take(_ number: String, replacing own: String?) async throws -> Bool {
    guard try await runs.replaceFact(FactName.pair, own, with: number) else { return false }
    _ = try await runs.replaceFact(FactName.nextPair, number, with: nil)
    return true
  }

  private var owner: String {
    var owner = String.UnicodeScalarView()
    for scalar in EscapedText.line(place).unicodeScalars {
      guard String(owner).utf8.count + String(scalar).utf8.count <= Self.longestOwner else { break }
      owner.append(scalar)
    }
    return String(owner)
  }

  private static func strange(_ place: String) -> String {
    "The picture store is not the one that this pose database (\(place)) was paired with: it is another one, or was "
      + "emptied. Nothing is swept, and no archive removed. `posevault doctor --fix` asks whether they belong together."
  }

  private static func contested(_ one: String, _ other: String) -> String {
    "Two pose databases use one picture store, or one of them is an old copy: \(one), and \(other). Nothing is swept, and "
      + "no archive removed. `posevault doctor --fix` asks which one is right."
  }

  private static let attempts = 20
  /// In bytes.
  private static let longestOwner = 300
}
