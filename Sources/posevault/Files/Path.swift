import Foundation

/// Paths as text; nothing here asks the file system but for the working directory.
enum Path {
  static var workingDirectory: String { FileManager.default.currentDirectoryPath }

  /// `path` itself when it is absolute, else below `folder`.
  static func absolute(_ path: String, in folder: String) -> String {
    if path.hasPrefix("/") { return path }
    let relative = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
    return folder.hasSuffix("/") ? folder + relative : "\(folder)/\(relative)"
  }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
