import Testing

extension HTTPClient {
  /// All stored poses by their ids, page after page.
  func poses() async throws -> [Int: [String: Any]] {
    var rows: [Int: [String: Any]] = [:]
    var after = Int32.max
    while true {
      let response = try await send("GET", "/api/poses?limit=100&after=\(after)")
      try #require(response.status == 200)
      let data = try #require(response.json["data"] as? [String: Any])
      let page = try #require(data["poses"] as? [[String: Any]])
      guard let last = page.last?["id"] as? Int32 else { return rows }
      for row in page { rows[try #require(row["id"] as? Int)] = row }
      after = last
    }
  }
}
