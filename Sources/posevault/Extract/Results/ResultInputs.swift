import PoseCore

/// The inputs of a run that writes a result for each, determined before the first one is started.
struct ResultInputs: Sendable {
  struct Input: Sendable {
    let source: PathFeed.Picture
    /// Of its result below the folder of all results: the path within the given folder, or the name of a file.
    let place: [[UInt8]]
  }

  /// Those of this part.
  private(set) var inputs: [Input] = []

  /// Reads the contents of folders and the paths on standard input.
  ///
  /// Throws `badRequest` if two inputs, in this part or another, would have the same result.
  init(_ feed: PathFeed, part: InputPart, ending: String) async throws {
    var places: [FilePath: FilePath] = [:]
    var count = 0
    while var source = try await feed.next() {
      try Task.checkCancellation()
      defer { count += 1 }
      let place = Self.place(of: source)
      // as keys of S3 may have, and no file in a folder
      if place.contains(where: { $0 == Array(".".utf8) || $0 == Array("..".utf8) }) {
        source.failure = source.failure ?? "Its result would be outside the output folder."
      }
      if source.failure == nil, !place.isEmpty {
        let path = FilePath(bytes: place.joined(separator: [FilePath.slash]))
        // x.stats.json has the statistics of x, and would be the result of x.stats
        let names = ending == "json" ? [path, ResultFile.name(path.bytes, "stats")] : [path]
        for name in names {
          if let other = places.updateValue(source.path, forKey: name) {
            throw PoseVaultError(
              .badRequest,
              """
              \(other.shown) and \(source.path.shown) would have one result, \(ResultFile.name(name.bytes, ending).shown). \
              Name a folder that holds both, or write them to two folders.
              """)
          }
        }
      }
      if part.has(count) { inputs.append(Input(source: source, place: place)) }
    }
  }

  private static func place(of source: PathFeed.Picture) -> [[UInt8]] {
    if source.tarBeginning != nil { return [Array("stdin.tar".utf8)] }
    guard let folder = source.folder else { return source.path.parts.suffix(1) }
    return FilePath(bytes: source.path.bytes.dropFirst(folder.bytes.count)).parts
  }
}
