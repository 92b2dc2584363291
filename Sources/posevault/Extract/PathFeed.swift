import Foundation
import PoseCore
import S3

/// Yields the pictures named on the command line, one after the other: files as they are, folders walked by name, `-`
/// for the lines of standard input.
actor PathFeed {
  struct Picture: Sendable, Equatable {
    let path: FilePath
    /// Why this could not be listed.
    var failure: String?
    /// The given folder in which it was found; nil if it was named itself.
    var folder: FilePath?
    /// What has arrived of the tar on standard input, which has no path.
    var tarBeginning: [UInt8]?
    /// In S3, if it is not a file.
    var object: S3Address?

    /// Whether it is a tar: within a folder, judged only by its name, like pictures. Blocks.
    var isShard: Bool {
      folder == nil && object == nil ? ShardSniff.isShard(path) : path.fileExtension == ShardSniff.fileExtension
    }
  }

  private enum Step {
    case named(FilePath)
    case found(FilePath, in: FilePath)
    case standardInput
    /// In S3: those below a prefix, and after a key.
    case objects(S3Address, after: String?)
  }

  private let files: BlockingPool
  private let shards: Shards
  private let buckets: S3Buckets?
  private var hasLookedAtInput = false
  private var inputHasEnded = false
  /// What is still to come, the next one last.
  private var steps: [Step]
  /// Folders on the way below the given one: a link back up would lead in circles.
  private var visited: Set<FolderListing.Identity> = []
  private var lines = LineBuffer()
  /// If standard input is UTF-16.
  private var utf16: TextFile.UTF16Pieces?
  /// What was skipped in the folders so far.
  private(set) var skipped = SkippedFiles()
  private static let dash: FilePath = "-"

  /// Which tars are included.
  enum Shards: Sendable {
    case none
    /// Those that are named, and one on standard input.
    case named
    /// Those in folders as well.
    case all
  }

  init(_ paths: [FilePath], shards: Shards = .none, buckets: S3Buckets? = nil, files: BlockingPool) {
    self.files = files
    self.buckets = buckets
    self.shards = shards
    steps = paths.reversed().map { $0 == Self.dash ? .standardInput : .named($0) }
  }

  /// nil at the end.
  func next() async throws -> Picture? {
    while let step = steps.popLast() {
      switch step {
      case .standardInput:
        if let other = try await lookAtInput() { return other }
        guard let line = try await nextLine() else { continue }
        steps += [.standardInput, .named(line)]
      case .objects(let folder, let key):
        if let picture = try await nextObjects(in: folder, after: key) { return picture }
      case .found(let path, let folder) where S3Address.isAddress(folder) && buckets != nil:
        return Picture(path: path, folder: folder, object: S3Address(path))
      case .named(let path) where S3Address.isAddress(path) && buckets != nil:
        if let picture = try await visitObjects(path) { return picture }
      case .named(let path):
        visited = []
        if let picture = try await visit(path, in: nil) { return picture }
      case .found(let path, let folder):
        if let picture = try await visit(path, in: folder) { return picture }
      }
    }
    return nil
  }

  /// The object at `path`, or nil if that is a prefix, whose objects come next.
  private func visitObjects(_ path: FilePath) async throws -> Picture? {
    guard let buckets, let address = S3Address(path) else {
      return Picture(path: path, failure: "An S3 address must be UTF-8.")
    }
    do {
      let bucket = try await buckets.bucket(address.bucket)
      if address.prefix != address.key, try await bucket.head(address.key) != nil {
        return Picture(path: path, object: address)
      }
      guard try await !bucket.list(prefix: address.prefix, limit: 1).isEmpty else {
        return Picture(path: path, failure: "There is no object of that name, and none under it.")
      }
      steps.append(.objects(address, after: nil))
      return nil
    } catch let error as PoseVaultError where error.code != .configuration {
      return Picture(path: path, failure: error.message)
    }
  }

  /// Adds the next objects below a prefix to the list, in the byte order of their keys. What can't be listed is a
  /// failure.
  private func nextObjects(in folder: S3Address, after key: String?) async throws -> Picture? {
    guard let bucket = try await buckets?.bucket(folder.bucket) else { return nil }
    do {
      let objects = try await bucket.list(prefix: folder.prefix, after: key, limit: Self.objectsAtOnce)
      if objects.count == Self.objectsAtOnce { steps.append(.objects(folder, after: objects.last?.key)) }
      for object in objects.reversed() {
        let name = FilePath(bytes: object.key.utf8.dropFirst(folder.prefix.utf8.count))
        let path = S3Address(bucket: folder.bucket, key: object.key).path
        switch FolderListing.kind(ofMember: name) {
        case .picture: steps.append(.found(path, in: folder.path))
        case .other where shards == .all && name.fileExtension == ShardSniff.fileExtension:
          steps.append(.found(path, in: folder.path))
        case .hidden: skipped.hidden += 1
        case .overlay: skipped.overlays += 1
        case .litter: skipped.litter += 1
        case .other: skipped.others += 1
        }
      }
      return nil
    } catch let error as PoseVaultError {
      return Picture(path: folder.path, failure: error.message, folder: folder.path)
    }
  }

  private static let objectsAtOnce = 1000

  /// The extensions of compressed files; an archive of a whole folder is larger than any picture may be.
  private static let packedNames: Set<String> = ["gz", "tgz", "bz2", "tbz2", "xz", "txz", "zst", "tzst"]

  /// The picture at `path`, or nil after the contents of the folder there were added to the list.
  ///
  /// - Parameter folder: the given one in which it was found.
  private func visit(_ path: FilePath, in folder: FilePath?) async throws -> Picture? {
    // C would take it for the path's end, and so another file for this one
    guard !path.bytes.contains(0) else {
      return Picture(
        path: path, failure: "A path can't contain a zero byte. Standard input must have one path per line.",
        folder: folder)
    }
    guard let identity = try await files.run({ FolderListing.folder(path) }) else {
      if folder == nil, Self.packedNames.contains(path.fileExtension),
        let packing = try await files.run({
          PackedFormat(of: FileReader.beginning(of: path, PackedFormat.beginningLength))
        })
      {
        return Picture(path: path, failure: PoseVaultError.packed(packing).message)
      }
      return Picture(path: path, folder: folder)
    }
    guard visited.insert(identity).inserted else { return nil }
    do {
      let (found, skipped) = try await files.run { [shards] in
        try FolderListing.entries(in: path, withShards: shards == .all)
      }
      self.skipped += skipped
      steps += found.reversed().map { .found($0, in: folder ?? path) }
      return nil
    } catch let error as PoseVaultError {
      return Picture(path: path, failure: error.message, folder: folder)
    }
  }

  /// What is on standard input instead of paths: a tar, or something that can't be read. Paths that have arrived wait
  /// for ``nextLine()``.
  private func lookAtInput() async throws -> Picture? {
    guard !hasLookedAtInput else { return nil }
    hasLookedAtInput = true
    var bytes: [UInt8] = []
    var piece: [UInt8]
    repeat {
      piece = try await nextPiece()
      bytes += piece
      if let packing = PackedFormat(of: bytes) {
        return Picture(path: Self.dash, failure: PoseVaultError.packed(packing).message)
      }
      // who writes a short path may wait for its result
    } while !piece.isEmpty && bytes.count < PackedFormat.beginningLength && !bytes.contains(UInt8(ascii: "\n"))
    let mark = TextFile.Mark(of: bytes)
    switch mark {
    case .utf32Little, .utf32Big:
      return Picture(path: Self.dash, failure: "The list of paths is UTF-32. Give it in UTF-8.")
    case .utf16Little: utf16 = TextFile.UTF16Pieces(isBigEndian: false)
    case .utf16Big: utf16 = TextFile.UTF16Pieces(isBigEndian: true)
    case .utf8, nil: break
    }
    var isShard = mark == nil && shards != .none ? ShardSniff.isShard(beginning: bytes, hasEnded: piece.isEmpty) : false
    while isShard == nil {
      piece = try await nextPiece()
      bytes += piece
      isShard = ShardSniff.isShard(beginning: bytes, hasEnded: piece.isEmpty)
    }
    if isShard == true { return Picture(path: Self.dash, tarBeginning: bytes) }
    take(bytes.dropFirst(mark?.bytes.count ?? 0))
    if piece.isEmpty { inputHasEnded = true }
    return nil
  }

  /// Takes what has arrived of the list of paths.
  private func take(_ piece: some Sequence<UInt8>) {
    let text = utf16?.decode(piece) ?? Array(piece)
    // nothing would be the end
    if !text.isEmpty { lines.append(text) }
  }

  private func nextLine() async throws -> FilePath? {
    while true {
      if let line = lines.next() { return FilePath(bytes: line) }
      if lines.hasEnded { return nil }
      let piece = inputHasEnded ? [] : try await nextPiece()
      if piece.isEmpty { lines.append([]) } else { take(piece) }
    }
  }

  /// From standard input; empty at its end.
  private func nextPiece() async throws -> [UInt8] {
    while true {
      // short waits, so that a cancelled task isn't held up by a reader that never comes back
      if try await files.run({ Descriptor.isReadable(STDIN_FILENO, within: 200) }) {
        return try await files.run { try Descriptor.read(STDIN_FILENO) }
      }
      try Task.checkCancellation()
    }
  }
}

/// Splits bytes that arrive in pieces into lines; empty lines are left out.
struct LineBuffer {
  /// The rest of a longer line is dropped: no system has paths this long, so none is found.
  static let longest = 8192

  /// What has arrived and has not been processed yet.
  private var piece: ArraySlice<UInt8> = []
  private var line: [UInt8] = []
  private(set) var hasEnded = false

  /// An empty piece is the end. Call it when ``next()`` has no more.
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
