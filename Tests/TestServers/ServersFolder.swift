import Foundation

/// `.runtime/servers`, which `Scripts/test-servers` fills.
enum ServersFolder {
  static let runtime = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.runtime")
    .standardizedFileURL.path
  static let path = runtime + "/servers"

  static func has(_ program: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: path + "/" + program)
  }

  /// A new empty folder of one server, below `parent` or else the system's folder for temporary files.
  static func make(below parent: String?) throws -> String {
    let name = "posevault-server-" + String(UInt32.random(in: 0...UInt32.max), radix: 16)
    let folder = (parent ?? FileManager.default.temporaryDirectory.path) + "/" + name
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return folder
  }
}

/// A server or a client did not do what it was started for.
public struct TestServerFailure: Error, CustomStringConvertible {
  public let description: String
}
