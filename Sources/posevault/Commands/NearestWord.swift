/// Finds the intended word for a mistyped one.
enum NearestWord {
  /// The only one that begins with it, else the one with the fewest slips; nil where none is near enough: one slip for
  /// each three letters, at least one, at most three.
  static func to(_ word: String, among words: [String]) -> String? {
    let longer = words.filter { $0.hasPrefix(word.lowercased()) }
    if word.count >= 3, longer.count == 1 { return longer[0] }
    let limit = min(max(word.count / 3, 1), 3)
    let nearest = words.map { ($0, distance(Array(word.lowercased()), Array($0))) }.min { $0.1 < $1.1 }
    return nearest.flatMap { $0.1 <= limit ? $0.0 : nil }
  }

  /// How many letters have to be inserted, deleted, changed or swapped with their neighbour.
  private static func distance(_ one: [Character], _ other: [Character]) -> Int {
    var rows = [Array(0...other.count)]
    for (index, letter) in one.enumerated() {
      var row = [index + 1]
      for (place, target) in other.enumerated() {
        var cost = min(row[place] + 1, rows[index][place + 1] + 1, rows[index][place] + (letter == target ? 0 : 1))
        if index > 0, place > 0, letter == other[place - 1], one[index - 1] == target {
          cost = min(cost, rows[index - 1][place - 1] + 1)
        }
        row.append(cost)
      }
      rows.append(row)
    }
    return rows[one.count][other.count]
  }
}
