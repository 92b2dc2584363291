import Foundation

/// Files that tests read.
enum Fixture {
  /// A file below `Tests/Fixtures`.
  static func url(_ path: String) -> URL {
    repository.appending(path: "Tests/Fixtures").appending(path: path)
  }

  static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
}
