import Glibc
import PoseCore

/// The process environment before Swift converts it to text.
enum EnvironmentText {
  /// Throws `configuration` if the value of a setting is not UTF-8, in which Swift would replace characters.
  ///
  /// Blocks, but only as long as the system needs to return it.
  static func check() throws {
    let descriptor = open("/proc/self/environ", O_RDONLY | O_CLOEXEC)
    // a system that does not tell
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    while let piece = try? Descriptor.read(descriptor), !piece.isEmpty { bytes += piece }
    for entry in bytes.split(separator: 0) {
      if let key = fault(Array(entry)) {
        throw PoseVaultError(.configuration, "\(key.rawValue) in the environment is not UTF-8.")
      }
    }
  }

  /// The setting in `NAME=VALUE` whose value is not UTF-8; nil if nothing is wrong, or the name is not a setting's.
  static func fault(_ entry: [UInt8]) -> SettingKey? {
    let name = entry.prefix { $0 != UInt8(ascii: "=") }
    guard String(validating: entry, as: UTF8.self) == nil else { return nil }
    return SettingKey(rawValue: String(decoding: name, as: UTF8.self))
  }
}
