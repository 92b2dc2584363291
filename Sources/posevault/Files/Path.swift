import Foundation

/// Paths as text; nothing here uses the file system except for the working directory.
///
/// They are split by scalars: next to a combining mark, a slash is not a character of its own.
enum Path {
  static var workingDirectory: String { FileManager.default.currentDirectoryPath }

  /// `path` itself if it is absolute, otherwise below `folder`; in one spelling, without a slash or `.` too many.
  ///
  /// What `..` means only the file system knows, where a link may come before it.
  static func absolute(_ path: String, in folder: String) -> String {
    let whole = path.unicodeScalars.first == "/" ? path : "\(folder)/\(path)"
    let names = whole.unicodeScalars.split(separator: "/").filter { !$0.elementsEqual(".".unicodeScalars) }
    return "/" + names.map { String($0) }.joined(separator: "/")
  }

  static func folder(of path: String) -> String {
    guard let slash = path.unicodeScalars.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
