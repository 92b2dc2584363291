import Hummingbird
import PoseCore

/// A request's query, read strictly: a value that is not as documented is refused, not guessed at.
struct Query {
  private let request: Request

  init(_ request: Request) { self.request = request }

  /// nil when it isn't given.
  func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    guard let text = self[name] else { return nil }
    guard let value = Self.integer(text), range.contains(value) else {
      let allowed =
        range.upperBound == Int.max
        ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw PoseVaultError(
        .badRequest, "\(name) must be a whole number \(allowed).", details: ["parameter": name])
    }
    return value
  }

  /// nil when it isn't given.
  func choice(_ name: String, of choices: [String]) throws -> String? {
    guard let text = self[name] else { return nil }
    guard choices.contains(String(text)) else {
      throw PoseVaultError(
        .badRequest, "\(name) must be \(choices.joined(separator: " or ")).", details: ["parameter": name])
    }
    return String(text)
  }

  /// Words separated by commas; none when it isn't given.
  func words(_ name: String, of choices: [String]) throws -> Set<String> {
    guard let text = self[name] else { return [] }
    let words = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard words.allSatisfy(choices.contains) else {
      throw PoseVaultError(
        .badRequest, "\(name) takes \(choices.joined(separator: ", ")), separated by commas.",
        details: ["parameter": name])
    }
    return Set(words)
  }

  /// nil when it isn't given.
  func text(_ name: String) -> String? { self[name].map(String.init) }

  /// The seconds of a day or of a moment; nil when it isn't given.
  func seconds(_ name: String) throws -> Range<Int64>? {
    guard let text = self[name] else { return nil }
    guard let seconds = Timestamp.seconds(of: text) else {
      throw PoseVaultError(
        .badRequest, "\(name) must be a day such as 2025-12-10 or a time in UTC such as 2025-12-10T10:30:00Z.",
        details: ["parameter": name])
    }
    return seconds
  }

  /// Digits alone: no sign, no space.
  static func integer(_ text: some StringProtocol) -> Int? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    return Int(text)
  }

  private subscript(name: String) -> Substring? { request.uri.queryParameters[Substring(name)] }
}
