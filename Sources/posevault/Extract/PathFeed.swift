import Foundation
import PoseCore

/// Gives the pictures that the command line names, one after the other: files as they are, folders walked by name,
/// `-` standing for the lines of standard input.
actor PathFeed {
  struct Picture: Sendable, Equatable {
    let path: FilePath
    /// Why what lies here could not be listed.
    var failure: String?
  }

  private enum Step {
    case named(FilePath)
    case found(FilePath)
    case standardInput
  }

  private let files: BlockingPool
  /// What is still to come, the next one last.
  private var steps: [Step]
  /// Folders on the way below the one that was named: a link back up would lead in circles.
  private var visited: Set<FolderListing.Identity> = []
  private var lines = LineBuffer()
  /// What lay in the folders so far and was not looked at.
  private(set) var skipped = SkippedFiles()
  private static let dash: FilePath = "-"

  init(_ paths: [FilePath], files: BlockingPool) {
    self.files = files
    steps = paths.reversed().map { $0 == Self.dash ? .standardInput : .named($0) }
  }

  /// nil at the end.
  func next() async throws -> Picture? {
    while let step = steps.popLast() {
      switch step {
      case .standardInput:
        guard let line = try await nextLine() else { continue }
        steps += [.standardInput, .named(line)]
      case .named(let path):
        visited = []
        if let picture = try await visit(path) { return picture }
      case .found(let path):
        if let picture = try await visit(path) { return picture }
      }
    }
    return nil
  }

  /// The picture at `path`, or nil after the content of the folder there was put on the list.
  private func visit(_ path: FilePath) async throws -> Picture? {
    // C would take it for the path's end, and so another file for this one
    guard !path.bytes.contains(0) else {
      return Picture(path: path, failure: "A path has no zero byte in it. Standard input has one path a line.")
    }
    guard let identity = try await files.run({ FolderListing.folder(path) }) else { return Picture(path: path) }
    guard visited.insert(identity).inserted else { return nil }
    do {
      let (found, skipped) = try await files.run { try FolderListing.entries(in: path) }
      self.skipped += skipped
      steps += found.reversed().map { .found($0) }
      return nil
    } catch let error as PoseVaultError {
      return Picture(path: path, failure: error.message)
    }
  }

  private func nextLine() async throws -> FilePath? {
    while true {
      if let line = lines.next() { return FilePath(bytes: line) }
      if lines.hasEnded { return nil }
      // short waits, so that a cancelled task isn't held up by a reader that never comes back
      if try await files.run({ Descriptor.isReadable(STDIN_FILENO, within: 200) }) {
        lines.append(try await files.run { try Descriptor.read(STDIN_FILENO) })
      }
      try Task.checkCancellation()
    }
  }
}

/// Cuts bytes that come in pieces into lines; empty lines are left out.
struct LineBuffer {
  /// What comes behind as many bytes of a line is dropped: no system has so long a path, so none is found under it.
  static let longest = 8192

  /// What has come and was not looked at yet.
  private var piece: ArraySlice<UInt8> = []
  private var line: [UInt8] = []
  private(set) var hasEnded = false

  /// An empty piece is the end. To be called when ``next()`` has no more.
  mutating func append(_ piece: [UInt8]) {
    if piece.isEmpty { hasEnded = true } else { self.piece += piece }
  }

  mutating func next() -> [UInt8]? {
    while !piece.isEmpty || (hasEnded && !line.isEmpty) {
      let end = piece.firstIndex(of: UInt8(ascii: "\n"))
      line += piece[..<(end ?? piece.endIndex)].prefix(Self.longest - line.count)
      piece = piece[(end.map { $0 + 1 } ?? piece.endIndex)...]
      guard end != nil || hasEnded else { return nil }
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      defer { line = [] }
      if !line.isEmpty { return line }
    }
    return nil
  }
}
