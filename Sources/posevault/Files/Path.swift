import Foundation

/// Paths as text; nothing here uses the file system except for the working directory.
///
/// They are split by scalars: next to a combining mark, a slash is not a character of its own.
enum Path {
  static var workingDirectory: String { FileManager.default.currentDirectoryPath }

  /// `path` itself if it is absolute, otherwise below `folder`.
  static func absolute(_ path: String, in folder: String) -> String {
    if path.unicodeScalars.first == "/" { return path }
    let relative = path.utf8.starts(with: "./".utf8) ? String(path.unicodeScalars.dropFirst(2)) : path
    return folder.unicodeScalars.last == "/" ? folder + relative : "\(folder)/\(relative)"
  }

  static func folder(of path: String) -> String {
    guard let slash = path.unicodeScalars.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
