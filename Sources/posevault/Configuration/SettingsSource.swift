import Configuration
import Foundation
import PoseCore

/// Where settings come from: the process environment first, then the `.env` file.
struct SettingsSource: Sendable {
  /// The `.env` file that was read; nil if there is none.
  let file: String?
  /// Keys in the file that PoseVault doesn't know, perhaps misspelt ones.
  let unknownKeys: [String]
  /// Numbers of the file's lines that are neither a setting nor a comment, from 1.
  let strayLines: [Int]
  /// Keys whose values in the environment stand in quotes, as `docker --env-file` leaves them.
  let quotedKeys: [SettingKey]
  /// Keys whose values in the environment end with a carriage return, as `docker --env-file` leaves it; it is removed.
  let returnedKeys: [SettingKey]
  /// Keys whose values in the environment begin or end with white space, as `docker --env-file` leaves it: it is left
  /// out, but for secrets, which may be meant with it.
  let spacedKeys: [SettingKey]
  /// Keys whose values in the environment hold what would be a comment in a `.env`; of no secret, which may hold it.
  let commentedKeys: [SettingKey]
  /// Whether every user of this machine can read the file.
  var isReadableByOthers = false
  private let reader: ConfigReader

  /// - Parameters:
  ///   - fileText: the content of `file`.
  ///   - file: an absolute path; relative paths among its values are resolved against its folder.
  init(environment: [String: String], fileText: String = "", file: String? = nil) {
    let entries = DotEnv.Entries(fileText)
    var values = entries.values
    strayLines = entries.strayLines
    unknownKeys = values.keys.filter { SettingKey(rawValue: $0) == nil }.sorted()
    let folder = file.map { Path.folder(of: $0) }
    for key in SettingKey.allCases {
      guard let value = values[key.rawValue] else { continue }
      if Self.isUnset(value) {
        values[key.rawValue] = nil
      } else if key.isPath, let folder {
        values[key.rawValue] = Path.absolute(value, in: folder)
      }
    }
    self.file = file
    var environment = environment.filter { SettingKey(rawValue: $0.key) != nil }
    func keys(_ holds: (String) -> Bool) -> [SettingKey] {
      SettingKey.allCases.filter { environment[$0.rawValue].map(holds) ?? false }
    }
    let returned = keys { $0.utf8.last == UInt8(ascii: "\r") }
    returnedKeys = returned
    for key in returned {
      environment[key.rawValue] = environment[key.rawValue].map { String($0.unicodeScalars.dropLast()) }
    }
    let spaced = keys { Self.trimmed($0) != $0 && !Self.isUnset($0) }.filter { !$0.isSecret || $0.isAddress }
    spacedKeys = spaced
    for key in spaced { environment[key.rawValue] = environment[key.rawValue].map(Self.trimmed) }
    commentedKeys = keys { $0.contains(" #") || $0.contains("\t#") }.filter { !$0.isSecret }
    let quoted = keys(Self.isQuoted)
    quotedKeys = quoted
    // a secret may be meant with them
    for key in quoted where !key.isSecret || key.isAddress {
      environment[key.rawValue] = environment[key.rawValue].map { String($0.dropFirst().dropLast()) }
    }
    reader = ConfigReader(providers: [
      Self.provider(environment),
      Self.provider(values.filter { SettingKey(rawValue: $0.key) != nil }),
    ])
  }

  /// The text of a key that is set; an empty one in the environment overrides the file's.
  func text(_ key: SettingKey) -> String? {
    let name = ConfigKey([key.rawValue.lowercased()])
    guard let value = reader.string(forKey: name, isSecret: key.isSecret), !Self.isUnset(value) else { return nil }
    return value
  }

  /// Empty values, and placeholders such as `your_mysql_password` that nobody has filled in.
  private static func isUnset(_ value: String) -> Bool {
    value.allSatisfy(\.isWhitespace) || value.lowercased().hasPrefix("your_")
  }

  private static func trimmed(_ value: String) -> String { value.trimmingCharacters(in: .whitespacesAndNewlines) }

  private static func isQuoted(_ value: String) -> Bool {
    value.count > 1 && value.first == value.last && (value.first == "\"" || value.first == "'")
  }

  private static func provider(_ values: [String: String]) -> EnvironmentVariablesProvider {
    let secrets = Set(SettingKey.allCases.filter(\.isSecret).map(\.rawValue))
    return EnvironmentVariablesProvider(environmentVariables: values, secretsSpecifier: .specific(secrets))
  }
}

extension SettingsSource {
  /// Reads the file given with `--env-file`, otherwise `.env` in the working directory if there is one.
  ///
  /// Throws `configuration` when the named file is missing, and when one can't be read.
  ///
  /// - Parameter usual: in place of `.env`.
  static func load(
    file named: String?, usual: String = ".env", environment: [String: String]
  ) throws -> SettingsSource {
    let path = Path.absolute(named ?? usual, in: Path.workingDirectory)
    let bytes: [UInt8]
    do {
      bytes = try FileReader.read(FilePath(path), limit: 1 << 20)
    } catch let error as FileReader.Failure {
      let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
      if error == .missing, named == nil, !isLink { return SettingsSource(environment: environment) }
      let reason = error == .missing && isLink ? "it is a link to a file that doesn't exist" : error.reason
      throw PoseVaultError(.configuration, "Cannot read the settings in \(path): \(reason).")
    }
    let text = try TextFile.decode(bytes, name: path)
    var source = SettingsSource(environment: environment, fileText: text, file: path)
    source.isReadableByOthers = FileReader.isReadableByOthers(FilePath(path))
    return source
  }
}
