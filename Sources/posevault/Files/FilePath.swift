import Glibc
import PoseCore

/// A path as in the system: bytes, which need not be UTF-8. It is converted to text only for display.
struct FilePath: Hashable, Sendable, ExpressibleByStringLiteral {
  let bytes: [UInt8]

  init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }

  init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

  init(stringLiteral text: String) { self.init(text) }

  /// As in files and storages.
  var name: PictureName { PictureName(bytes: bytes) }

  /// For a person, on one line.
  var shown: String { Terminal.line(name.text) }

  /// Calls `body` with the path as a C string.
  func withCString<Value>(_ body: (UnsafePointer<CChar>) throws -> Value) rethrows -> Value {
    try (bytes + [0]).withUnsafeBufferPointer { buffer in
      try buffer.withMemoryRebound(to: CChar.self) { text in
        // never nil: there is the zero at the end
        guard let start = text.baseAddress else { return try "".withCString(body) }
        return try body(start)
      }
    }
  }

  /// A name in this folder, which is kept as the user wrote it.
  func child(_ name: [UInt8]) -> FilePath {
    FilePath(bytes: bytes.last == Self.slash ? bytes + name : bytes + [Self.slash] + name)
  }

  /// The names between slashes, without empty ones.
  var parts: [[UInt8]] { bytes.split(separator: Self.slash).map(Array.init) }

  var isAbsolute: Bool { bytes.first == Self.slash }

  /// The part after the last dot of the file's name, in lower case; empty if there is none.
  var fileExtension: String {
    let name = bytes.split(separator: Self.slash).last ?? []
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return "" }
    return String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased()
  }

  /// The path relative to the working directory if it is below it; otherwise unchanged.
  var belowWorkingDirectory: FilePath {
    let working = Self.workingDirectory
    return working.count > 1 && bytes.starts(with: working) ? FilePath(bytes: bytes.dropFirst(working.count)) : self
  }

  /// With a slash at its end; empty if it can't be determined.
  private static var workingDirectory: [UInt8] {
    guard let path = getcwd(nil, 0) else { return [] }
    defer { free(path) }
    let bytes = UnsafeRawBufferPointer(start: path, count: strlen(path))
    return Array(bytes) + (bytes.last == slash ? [] : [slash])
  }

  static let slash = UInt8(ascii: "/")
}

/// Paths on the command line, in which Swift has replaced invalid UTF-8.
enum ArgumentPaths {
  /// The bytes of each of `texts`, which are in this order among the process's arguments.
  static func bytes(of texts: [String], among arguments: [[UInt8]] = processArguments) -> [FilePath] {
    var rest = arguments[...]
    return texts.map { text in
      guard let index = rest.firstIndex(where: { String(decoding: $0, as: UTF8.self) == text }) else {
        return FilePath(text)
      }
      defer { rest = rest[(index + 1)...] }
      return FilePath(bytes: rest[index])
    }
  }

  /// The error for an argument that is not UTF-8 and that no command takes as bytes; nil if there is none. Otherwise,
  /// the wrong file could be used.
  static func refusal(of arguments: [[UInt8]] = processArguments) -> String? {
    let takesPictures = ["extract", "import"].contains { arguments.first == Array($0.utf8) }
    for (index, argument) in arguments.enumerated() where String(validating: argument, as: UTF8.self) == nil {
      let option = index > 0 ? arguments[index - 1] : []
      let isText = ["--env-file", "--failures"].contains { option == Array($0.utf8) }
      if takesPictures, !isText, argument.first != UInt8(ascii: "-") { continue }
      return """
        posevault: The argument \(FilePath(bytes: argument).shown) is not UTF-8. Only paths of pictures, and the folder \
        in `--overlay FOLDER` and `--output FOLDER`, need not be.
        """
    }
    return nil
  }

  private static var processArguments: [[UInt8]] {
    (1..<max(Int(CommandLine.argc), 1)).compactMap { index in
      CommandLine.unsafeArgv[index].map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }
  }
}
