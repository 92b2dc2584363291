import Hummingbird
import PoseCore

/// A request's query, read strictly: a value that is not as documented is refused, not guessed at.
///
/// Names and values are written as forms are (WHATWG URL, `application/x-www-form-urlencoded`): a plus sign is a space,
/// what stands behind a percent sign is UTF-8.
struct Query {
  private struct Parameter {
    /// As it is written, where its escapes are none.
    let name: String
    /// nil where its escapes are none, or are not UTF-8.
    let value: String?
  }

  private let parameters: [Parameter]

  init(_ request: Request) {
    parameters = (request.uri.query ?? "").utf8.split(separator: UInt8(ascii: "&")).map { parameter in
      let name = parameter.prefix { $0 != UInt8(ascii: "=") }
      return Parameter(
        name: Self.decoded(name) ?? String(Substring(name)), value: Self.decoded(parameter.dropFirst(name.count + 1)))
    }
  }

  private static func decoded(_ text: Substring.UTF8View) -> String? {
    let bytes = text.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
    return ClientText.percentDecoded(bytes).flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// Refuses a parameter that isn't known, which is a slip of the keyboard more often than not, and one that is given
  /// twice, of which different programs take different ones. `_` means nothing: clients pass caches by with it.
  func requireKnown(_ known: [String]) throws {
    var given: Set<String> = []
    for parameter in parameters where parameter.name != "_" {
      let name = parameter.name
      // on one line, and not endless
      let shown = String(EscapedText.line(String(name.prefix(60))).prefix(60))
      guard known.contains(name) else {
        throw PoseVaultError(
          .badRequest, "Unknown parameter \"\(shown)\". \(Self.advice(name, known))",
          details: ["parameter": shown])
      }
      guard given.insert(name).inserted else {
        throw PoseVaultError(
          .badRequest, "The parameter \(shown) is given more than once.", details: ["parameter": shown])
      }
      guard parameter.value != nil else {
        throw PoseVaultError(
          .badRequest, "The value of \(shown) is not percent-encoded UTF-8, such as M%C3%BCller.",
          details: ["parameter": shown])
      }
    }
  }

  private static func advice(_ name: String, _ known: [String]) -> String {
    if let nearest = Spelling.nearest(to: name, among: known) { return "Did you mean \(nearest)?" }
    return known.isEmpty ? "It takes none." : "It takes \(known.joined(separator: ", "))."
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
    guard choices.contains(text) else {
      throw PoseVaultError(
        .badRequest, "\(name) must be \(choices.joined(separator: " or ")).", details: ["parameter": name])
    }
    return text
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
  func text(_ name: String) -> String? { self[name] }

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

  private subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }
}
