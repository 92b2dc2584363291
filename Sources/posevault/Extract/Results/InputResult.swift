import PoseCore

/// The result of one input, and its statistics.
protocol InputResult: Sendable {
  /// What an earlier run has told, if its result is still there.
  func earlier() async throws -> ResultStats?
  /// Begins to write it anew. Throws ``ResultFile/Taken`` while another process does.
  func begin() async throws
  func write(_ bytes: [UInt8]) async throws
  /// Puts the result in the place of an earlier one.
  func finish() async throws -> ResultStats.Output
  /// Says that it is done; to be called after ``finish()``.
  func tell(_ stats: ResultStats) async throws
  /// Leaves nothing of what was written, nor of an earlier result where the input is no longer what that was made of.
  func discard(withEarlier: Bool) async
}

/// A ``ResultFile`` on the threads for files.
struct FileResult: InputResult {
  private let file: ResultFile
  private let files: BlockingPool

  init(_ place: [[UInt8]], ending: String, below folder: FilePath, files: BlockingPool) async throws {
    self.files = files
    file = try await files.run { try ResultFile(place, ending: ending, below: folder) }
  }

  func earlier() async throws -> ResultStats? { try await files.run { try file.earlier() } }

  func begin() async throws { try await files.run { try file.begin() } }

  func write(_ bytes: [UInt8]) async throws { try await files.run { try file.write(bytes) } }

  func finish() async throws -> ResultStats.Output { try await files.run { try file.finish() } }

  func tell(_ stats: ResultStats) async throws { try await files.run { try file.tell(stats) } }

  func discard(withEarlier: Bool) async { try? await files.run { file.discard(withEarlier: withEarlier) } }
}

/// Where results lie.
enum ResultFolder: Sendable {
  case files(FilePath)
  case objects(S3Address, S3Buckets)

  /// - Parameters:
  ///   - place: of the input.
  ///   - ending: of the result, such as `jsonl`.
  func result(of place: [[UInt8]], ending: String, files: BlockingPool) async throws -> any InputResult {
    switch self {
    case .files(let folder): try await FileResult(place, ending: ending, below: folder, files: files)
    case .objects(let folder, let buckets):
      try await ObjectResult(place, ending: ending, below: folder, in: buckets, files: files)
    }
  }
}
