import Crypto
import Foundation
import Glibc
import PoseCore

/// A folder of compiled models, so that they need not be compiled at every start.
///
/// It only ever saves time. Anything that can't be read, is incomplete, is for a different processor or may have been
/// written by another user counts as absent; if nothing can be written, the models are compiled each time.
struct ModelCache: Sendable {
  private let folder: String

  init(folder: String) {
    self.folder = folder
  }

  /// The model stored under `key`, unless it has changed since.
  func model(for key: String) -> ExportedModel? {
    let file = open("\(folder)/\(key)", O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { return nil }
    let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    var status = stat()
    // whoever may write here may run code in this process
    guard isOurs(folder), fstat(file, &status) == 0, status.st_uid == geteuid(), status.st_size <= Self.maxBytes,
      let bytes = try? handle.readToEnd(), bytes.count > SHA256.byteCount
    else { return nil }
    let content = bytes.dropFirst(SHA256.byteCount)
    guard SHA256.hash(data: content) == bytes.prefix(SHA256.byteCount) else { return nil }
    return ExportedModel(content)
  }

  /// Stores `model` under `key`, if possible.
  func keep(_ model: ExportedModel, for key: String) {
    var digest = SHA256()
    digest.update(bufferPointer: model.bytes)
    let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: attributes)
    guard isOurs(folder) else { return }
    let incoming = "\(folder)/.\(UUID().uuidString)"
    let file = open(incoming, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { return }
    let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
    do {
      try handle.write(contentsOf: Array(digest.finalize()))
      try handle.write(contentsOf: model.bytes)
      try handle.close()
    } catch {
      unlink(incoming)
      return
    }
    if rename(incoming, "\(folder)/\(key)") != 0 { unlink(incoming) }
    removeOldest()
  }

  /// Identifies a model, what it was compiled by, and for which processor.
  static func key(model: [UInt8], compiler: String) -> String {
    var sha256 = SHA256()
    sha256.update(data: model)
    sha256.update(data: Array(compiler.utf8))
    sha256.update(data: Array(processor.utf8))
    return Hexadecimal.text(sha256.finalize()) + ".model"
  }

  /// Name and features of this machine's processor, as Linux reports them.
  private static var processor: String {
    // its files have no length, so that they are read to their end
    guard let file = FileHandle(forReadingAtPath: "/proc/cpuinfo"), let bytes = try? file.readToEnd() else { return "" }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return ["model name", "flags"].compactMap { name in lines.first { $0.hasPrefix(name) } }.joined(separator: "\n")
  }

  /// Whether only this user can change it.
  private func isOurs(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
      && status.st_mode & 0o022 == 0
  }

  /// Removes models of earlier versions and other processors, and what a kill left.
  private func removeOldest() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let files = names.compactMap { name -> (path: String, kept: Int)? in
      let path = "\(folder)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
      return (path, status.st_mtim.tv_sec)
    }
    for file in files.sorted(by: { $0.kept > $1.kept }).dropFirst(Self.maxFiles) { unlink(file.path) }
  }

  /// Of one model; the heavy one takes 30 MB.
  private static let maxBytes = 256 << 20
  private static let maxFiles = 8
}
