import Foundation

/// What file names are searched for: words that all stand in a name, anywhere and in any order.
///
/// Letters are the same in either case. A letter with an accent is found however it is written: as one character, or as
/// a letter and a mark behind it, as macOS writes names. No character has a special meaning.
public struct NameSearch: Sendable, Hashable {
  /// One of these stands in the name.
  public typealias Letter = [Unicode.Scalar]

  public struct Word: Sendable, Hashable {
    /// The ways in which it may be written, of which there is one at least.
    public let forms: [[Letter]]

    init(_ text: Substring) {
      var forms: [[Letter]] = []
      for form in [String(text), text.precomposedStringWithCanonicalMapping, text.decomposedStringWithCanonicalMapping]
      {
        let letters = form.unicodeScalars.map(NameSearch.cases)
        if !forms.contains(letters) { forms.append(letters) }
      }
      self.forms = forms
    }
  }

  /// None where every name will do.
  public let words: [Word]

  /// What a request may look for, in words and in characters of each: longer ones stand in no name.
  public static let mostWords = 16
  public static let longestWord = PoseDetails.maxFileNameLength

  public init(_ text: String) {
    words = text.split(whereSeparator: \.isWhitespace).map(Word.init)
  }

  /// The character in either case, where that is one character, too.
  private static func cases(of scalar: Unicode.Scalar) -> Letter {
    let properties = scalar.properties
    var cases = [scalar]
    for other in [properties.lowercaseMapping, properties.uppercaseMapping] {
      guard let first = other.unicodeScalars.first, other.unicodeScalars.count == 1 else { continue }
      if !cases.contains(first) { cases.append(first) }
    }
    return cases.sorted { $0.value < $1.value }
  }
}

extension NameSearch: ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self.init(text) }
}
