/// The `Accept` field of a request (RFC 9110, section 12.5.1).
struct Accept {
  private let ranges: [(type: String, quality: Double)]

  init(_ field: String?) {
    ranges = (field ?? "*/*").split(separator: ",").map { range in
      let parts = range.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
      let weight = parts.dropFirst().last { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
      return (parts.first ?? "", min(max(weight ?? 1, 0), 1))
    }
  }

  /// The most preferred of `types`, or the first of equals; the first, too, if none is acceptable, since a response in
  /// another form is more useful than none.
  func preferred(of types: [String]) -> String? {
    let best = types.map(quality).max() ?? 0
    return types.first { quality($0) == best }
  }

  private func quality(_ type: String) -> Double {
    let family = type.prefix { $0 != "/" } + "/*"
    for wanted in [type, String(family), "*/*"] {
      if let range = ranges.first(where: { $0.type == wanted }) { return range.quality }
    }
    return 0
  }
}
