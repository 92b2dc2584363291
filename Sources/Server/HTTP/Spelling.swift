/// Finds the intended name for a misspelt one.
enum Spelling {
  /// The one of `names` that needs the fewest letter changes; nil if all need more than half of their own letters.
  ///
  /// - Parameter most: the maximum number of changes.
  static func nearest(to name: String, among names: [String], most: Int = .max) -> String? {
    // a comparison costs the product of both lengths
    guard name.utf8.count <= 60 else { return nil }
    let wanted = Array(name.lowercased())
    let distances = names.map { ($0, distance(wanted, Array($0.lowercased()))) }
    guard let best = distances.min(by: { $0.1 < $1.1 }) else { return nil }
    return best.1 <= min(most, max(1, best.0.count / 2)) ? best.0 : nil
  }

  /// Letters to insert, delete or replace (Levenshtein).
  private static func distance(_ one: [Character], _ other: [Character]) -> Int {
    var row = Array(0...other.count)
    for (index, letter) in one.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in other.indices {
        let replaced = diagonal + (letter == other[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[other.count]
  }
}
