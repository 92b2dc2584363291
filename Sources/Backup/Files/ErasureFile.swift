#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Glibc
public import PoseCore

/// The erasure ledger as kept next to archives: a line of JSON for each picture, without names; it only grows. All
/// calls block.
public struct ErasureFile: Sendable {
  public static let name = "erased.jsonl"

  public let path: String

  public struct Contents: Sendable {
    /// Their ids are 0.
    public var erasures: [Erasure] = []
    /// Lines that can't be read, so that their content is unknown.
    public var damagedLines = 0
  }

  /// - Parameter folder: of archives, or a repository.
  public init(in folder: String) {
    path = "\(folder)/\(Self.name)"
  }

  /// Those that belong to an archive: of its own folder and, if it is a run of a repository, of that.
  public static func files(beside archive: String) -> [ErasureFile] {
    var parts = archive.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    parts.removeLast()
    let folder = parts.isEmpty ? "." : parts.joined(separator: "/")
    guard parts.last == "runs" else { return [ErasureFile(in: folder)] }
    parts.removeLast()
    return [ErasureFile(in: folder), ErasureFile(in: parts.isEmpty ? "." : parts.joined(separator: "/"))]
  }

  /// Empty if there is no such file. Throws `fileSystem` if it can't be read.
  public func read() throws -> Contents {
    guard let text = try bytes() else { return Contents() }
    var contents = Contents()
    for line in text.split(separator: UInt8(ascii: "\n")) {
      if let erasure = Self.erasure(line) { contents.erasures.append(erasure) } else { contents.damagedLines += 1 }
    }
    return contents
  }

  /// Appends those that are missing, durably. Several processes may do so at once.
  ///
  /// Throws `fileSystem`.
  public func add(_ erasures: [Erasure]) throws {
    let known = Set(try read().erasures.map(\.subject))
    let new = erasures.filter { !known.contains($0.subject) }
    guard !new.isEmpty else { return }
    let isNew = access(path, F_OK) != 0
    let descriptor = try FileFailure.check("write to \(path)") {
      open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    }
    defer { close(descriptor) }
    // a line that a crash has cut off must not spoil the next one
    try ([UInt8(ascii: "\n")].filter { _ in Self.endsInsideLine(descriptor) } + new.flatMap(Self.line))
      .writeAll(to: descriptor, path)
    try FileFailure.check("store \(path)") { fsync(descriptor) }
    if isNew { try BackupFolder(path: folder).synchronize() }
  }

  private var folder: String { String(path.dropLast(Self.name.utf8.count + 1)) }

  private func bytes() throws -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    if descriptor == -1, errno == ENOENT || errno == ENOTDIR { return nil }
    try FileFailure.check("read \(path)") { descriptor }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try FileFailure.check("read \(path)") { Glibc.read(descriptor, &buffer, buffer.count) }
      if count == 0 { return text }
      text += buffer[..<count]
      guard text.count <= Self.maxBytes else {
        throw PoseVaultError(.fileSystem, "\(path) is larger than \(Self.maxBytes >> 20) MB: it is no ledger.")
      }
    }
  }

  private static func endsInsideLine(_ descriptor: Int32) -> Bool {
    let end = lseek(descriptor, 0, SEEK_END)
    guard end > 0 else { return false }
    var last: UInt8 = 0
    return pread(descriptor, &last, 1, end - 1) == 1 && last != UInt8(ascii: "\n")
  }

  private static func line(_ erasure: Erasure) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("erased", erasure.subject)
      json.array("poses") { json in for pose in erasure.poses { json.value(pose) } }
      json.field("at", Manifest.text(erasure.erasedAt))
    }
    return json.bytes + [UInt8(ascii: "\n")]
  }

  private struct Line: Decodable {
    let erased: String
    let poses: [Int]?
    let at: String
  }

  private static func erasure(_ line: some Collection<UInt8>) -> Erasure? {
    guard let line = try? JSONDecoder().decode(Line.self, from: Data(line)),
      let time = Manifest.seconds(line.at)
    else { return nil }
    let erasure = Erasure(
      id: 0, subject: ImageID(line.erased)?.description ?? line.erased, poses: line.poses ?? [],
      erasedAt: time)
    return erasure.isValid ? erasure : nil
  }

  private static let maxBytes = 256 << 20
}
