import PoseCore

/// The result of one input, and its statistics.
protocol InputResult: Sendable {
  /// What an earlier run recorded, if its result still exists.
  func earlier() async throws -> ResultStats?
  /// Begins to write it again. Throws ``ResultFile/Taken`` while another process does.
  func begin() async throws
  func write(_ bytes: [UInt8]) async throws
  /// Replaces an earlier result with this one.
  func finish() async throws -> ResultStats.Output
  /// Records that it is done; call it after ``finish()``.
  func tell(_ stats: ResultStats) async throws
  /// Removes everything that was written, and an earlier result as well if the input is no longer the one it was made
  /// from.
  func discard(withEarlier: Bool) async
}

/// A ``ResultFile``, used on the threads for files.
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

/// Where results are written.
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
