import Foundation
import PoseCore

/// The program `posevault-decode`, which is optional.
public struct DecoderProgram: Sendable, Hashable {
  /// The formats it can decode.
  public enum Kind: String, Sendable, CaseIterable { case heic, avif, clip }

  public let path: String

  public init(path: String) {
    self.path = path
  }

  /// The one next to this program, or in `.build/decode` if this program is in the `.build` of a checkout; nil if there
  /// is none.
  public static func locate() -> DecoderProgram? {
    guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else { return nil }
    let folder = URL(filePath: program).deletingLastPathComponent()
    var folders = [folder]
    let build = folder.deletingLastPathComponent().deletingLastPathComponent()
    if build.lastPathComponent == ".build" { folders.append(build.appending(path: "decode")) }
    return folders.map { $0.appending(path: "posevault-decode").path }.first(where: isProgram).map {
      DecoderProgram(path: $0)
    }
  }

  private static func isProgram(_ path: String) -> Bool { access(path, X_OK) == 0 }

  /// The formats it reports it can decode; none if it doesn't work, or is a different version. Blocks.
  ///
  /// Throws ``PoseVaultError`` with `fileSystem` if it can't be started.
  public func kinds() throws -> Set<Kind> {
    let process = try HelperProcess(
      program: path, arguments: ["--version"], bytes: UnsafeRawBufferPointer(start: nil, count: 0), limit: .seconds(10),
      stop: StopFlag())
    // a few lines; more than this is no answer
    let text = try? process.text(most: 4096)
    guard let text, text.count < 4096, process.end(kill: false) == .exited(0) else { return [] }
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    guard lines.contains("protocol 1") else { return [] }
    return Set(Kind.allCases.filter { lines.contains("\($0.rawValue) yes") })
  }
}
