import Hummingbird
import PoseCore

/// A request's query, read strictly: a value that is not as documented is refused, not guessed at.
struct Query {
  private let request: Request

  init(_ request: Request) { self.request = request }

  /// Refuses a parameter that isn't known, which is a slip of the keyboard more often than not, and one that is given
  /// twice, of which different programs take different ones. `_` means nothing: clients pass caches by with it.
  func requireKnown(_ known: [String]) throws {
    var given: Set<String> = []
    for name in names where name != "_" {
      // on one line, and not endless
      let shown = String(name.prefix(60).map { $0.isNewline ? " " : $0 })
      guard known.contains(name) else {
        throw PoseVaultError(
          .badRequest, "There is no parameter \"\(shown)\" here. \(Self.advice(name, known))",
          details: ["parameter": shown])
      }
      guard given.insert(name).inserted else {
        throw PoseVaultError(
          .badRequest, "The parameter \(shown) is given more than once.", details: ["parameter": shown])
      }
    }
  }

  private static func advice(_ name: String, _ known: [String]) -> String {
    if let nearest = Spelling.nearest(to: name, among: known) { return "Did you mean \(nearest)?" }
    return known.isEmpty ? "It takes none." : "It takes \(known.joined(separator: ", "))."
  }

  /// Of all parameters, as often as they are given.
  private var names: [String] {
    (request.uri.query ?? "").split(separator: "&").map { parameter in
      let name = String(parameter.prefix { $0 != "=" }).replacing("+", with: " ")
      return ClientText.percentDecoded(name.utf8).map { ClientText.text($0) } ?? name
    }
  }

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
