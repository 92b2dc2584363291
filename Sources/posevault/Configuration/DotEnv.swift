/// Reads a `.env` file as Node's `dotenv` does, including its oddities, because existing installations rely on it.
///
/// `KEY=VALUE` and `KEY: VALUE`, `export` before the key, values in single, double or backtick quotes (which may span
/// lines), `\n` and `\r` expanded only in double quotes, comments after `#`, any line break, a byte order mark. The
/// last of several equal keys counts. Nothing is interpolated. A line of any other form is skipped.
enum DotEnv {
  struct Entries {
    private(set) var values: [String: String] = [:]
    /// Numbers of the lines that were passed over and are no comments, from 1.
    let strayLines: [Int]

    init(_ text: String) {
      var scanner = Scanner(text)
      while let (key, raw) = scanner.nextEntry() { values[key] = unquote(raw) }
      strayLines = scanner.strayLines
    }
  }

  /// The value of `raw`, the text after the separator.
  private static func unquote(_ raw: ArraySlice<Unicode.Scalar>) -> String {
    var value = raw.drop(while: \.isSpace)
    while let last = value.last, last.isSpace { value.removeLast() }
    guard let first = value.first, first.isQuote else { return String(value) }
    if value.count > 1, value.last == first { value = value.dropFirst().dropLast() }
    guard first == "\"" else { return String(value) }
    return String(expand("r", to: "\r", in: expand("n", to: "\n", in: value)[...]))
  }

  /// `value` with every backslash and `letter` replaced by `control`.
  private static func expand(
    _ letter: Unicode.Scalar, to control: Unicode.Scalar, in value: ArraySlice<Unicode.Scalar>
  ) -> [Unicode.Scalar] {
    var expanded: [Unicode.Scalar] = []
    for scalar in value {
      if scalar == letter, expanded.last == "\\" {
        expanded[expanded.count - 1] = control
      } else {
        expanded.append(scalar)
      }
    }
    return expanded
  }
}

extension DotEnv {
  /// Finds one `KEY=VALUE` after the other. Each function takes a position and returns where its part ends, or nil if
  /// it doesn't match.
  private struct Scanner {
    private let text: [Unicode.Scalar]
    private var position = 0
    private(set) var strayLines: [Int] = []
    /// How many lines end before `counted`.
    private var lines = 0
    private var counted = 0

    init(_ text: String) {
      var scalars: [Unicode.Scalar] = []
      var previous: Unicode.Scalar?
      for scalar in text.unicodeScalars {
        if scalar != "\n" || previous != "\r" { scalars.append(scalar == "\r" ? "\n" : scalar) }
        previous = scalar
      }
      self.text = scalars
    }

    mutating func nextEntry() -> (key: String, raw: ArraySlice<Unicode.Scalar>)? {
      while position < text.count {
        let start = skipSpace(from: position)
        if let (key, value) = entryHead(from: start) {
          let (raw, end) = entryValue(from: value)
          position = startOfLine(after: end)
          return (String(key), raw)
        }
        if start < text.count, text[start] != "#" {
          lines += text[counted..<start].count { $0 == "\n" }
          counted = start
          strayLines.append(lines + 1)
        }
        // what a line without an entry swallowed in front is only space, so the search goes on behind the line itself
        position = startOfLine(after: start)
      }
      return nil
    }

    /// The key, and where its value begins. `export` is a key itself if no other follows.
    private func entryHead(from start: Int) -> (key: ArraySlice<Unicode.Scalar>, value: Int)? {
      let word = endOfKey(from: start)
      if text[start..<word].elementsEqual("export".unicodeScalars), word < text.count, text[word].isSpace {
        let key = skipSpace(from: word)
        let end = endOfKey(from: key)
        if end > key, let value = endOfSeparator(from: end) { return (text[key..<end], value) }
      }
      guard word > start, let value = endOfSeparator(from: word) else { return nil }
      return (text[start..<word], value)
    }

    private func endOfKey(from start: Int) -> Int {
      text[start...].firstIndex { !$0.isKeyPart } ?? text.count
    }

    /// `=` with any space before it, or a colon with a space after it.
    private func endOfSeparator(from start: Int) -> Int? {
      let sign = skipSpace(from: start)
      if sign < text.count, text[sign] == "=" { return sign + 1 }
      if start + 1 < text.count, text[start] == ":", text[start + 1].isSpace { return start + 2 }
      return nil
    }

    /// The value with its quotes and the surrounding space, and where the entry ends, including a comment.
    private func entryValue(from start: Int) -> (raw: ArraySlice<Unicode.Scalar>, end: Int) {
      let open = skipSpace(from: start)
      if open < text.count, text[open].isQuote {
        for close in closingQuotes(from: open) {
          if let end = endOfEntry(from: close + 1) { return (text[start...close], end) }
        }
      }
      let stop = text[start...].firstIndex { $0 == "#" || $0 == "\n" } ?? text.count
      return (text[start..<stop], endOfEntry(from: stop) ?? stop)
    }

    /// Where the quote at `open` may close: at the first one without a backslash before it, otherwise at an escaped
    /// one, the last first.
    private func closingQuotes(from open: Int) -> [Int] {
      let quote = text[open]
      var escaped: [Int] = []
      var index = open + 1
      while index < text.count {
        if text[index] == quote { return [index] + escaped.reversed() }
        if text[index] == "\\", index + 1 < text.count, text[index + 1] == quote {
          index += 1
          escaped.append(index)
        }
        index += 1
      }
      return escaped.reversed()
    }

    /// After a value, only space and a comment may follow up to the end of a line.
    private func endOfEntry(from start: Int) -> Int? {
      let end = skipSpace(from: start)
      if end == text.count { return end }
      if text[end] == "#" { return endOfLine(from: end) }
      return text[start..<end].lastIndex(where: \.isLineBreak)
    }

    private func skipSpace(from start: Int) -> Int {
      text[start...].firstIndex { !$0.isSpace } ?? text.count
    }

    private func endOfLine(from start: Int) -> Int {
      text[start...].firstIndex(where: \.isLineBreak) ?? text.count
    }

    private func startOfLine(after index: Int) -> Int {
      min(endOfLine(from: index) + 1, text.count)
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isQuote: Bool { self == "'" || self == "\"" || self == "`" }

  /// As in JavaScript's `^`, `$` and `.`.
  fileprivate var isLineBreak: Bool { self == "\n" || self == "\u{2028}" || self == "\u{2029}" }

  /// As in JavaScript's `\s`: Unicode's space, the byte order mark, but not the "next line" control.
  fileprivate var isSpace: Bool { self == "\u{FEFF}" || (properties.isWhitespace && self != "\u{85}") }

  /// As in dotenv's `[\w.-]`.
  fileprivate var isKeyPart: Bool {
    isASCII && (properties.isAlphabetic || ("0"..."9").contains(self) || self == "_" || self == "." || self == "-")
  }
}

extension String {
  fileprivate init(_ scalars: some Sequence<Unicode.Scalar>) {
    self.init(String.UnicodeScalarView(scalars))
  }
}
