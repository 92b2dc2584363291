import Hummingbird
import PoseCore

/// A request's query, parsed strictly: a value that is not as documented is refused, not guessed.
///
/// Names and values are encoded as in forms (WHATWG URL, `application/x-www-form-urlencoded`): a plus sign is a space,
/// and percent escapes are UTF-8.
struct Query {
  private struct Parameter {
    /// As written, if its escapes are invalid.
    let name: String
    /// nil if its escapes are invalid, or not UTF-8.
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

  /// Refuses unknown parameters, which are usually typing errors, and repeated ones, of which different programs take
  /// different values. `_` is ignored: clients use it to bypass caches.
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

  /// nil if it is absent.
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

  /// nil if it is absent.
  func choice(_ name: String, of choices: [String]) throws -> String? {
    guard let text = self[name] else { return nil }
    guard choices.contains(text) else {
      throw PoseVaultError(
        .badRequest, "\(name) must be \(choices.joined(separator: " or ")).", details: ["parameter": name])
    }
    return text
  }

  /// Words separated by commas; none if it is absent.
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

  /// nil if it is absent.
  func text(_ name: String) -> String? { self[name] }

  /// The seconds of a day or of a moment; nil if it is absent.
  func seconds(_ name: String) throws -> Range<Int64>? {
    guard let text = self[name] else { return nil }
    guard let seconds = Timestamp.seconds(of: text) else {
      throw PoseVaultError(
        .badRequest, "\(name) must be a day such as 2025-12-10 or a time in UTC such as 2025-12-10T10:30:00Z.",
        details: ["parameter": name])
    }
    return seconds
  }

  /// Only digits: no sign, no space.
  static func integer(_ text: some StringProtocol) -> Int? {
    guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
    return Int(text)
  }

  private subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }
}
