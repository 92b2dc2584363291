import Foundation

/// A mail server written in Python, in a process of its own, that keeps what it was sent in a folder.
final class PythonServer: Sendable {
  let port: Int
  let folder: String
  private let process: Process
  private let input: FileHandle

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts `Tests/Python/script` and waits for its port.
  init(_ script: String, _ options: [String] = []) throws {
    folder = FileManager.default.temporaryDirectory.path + "/posevault-mail-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let (input, output) = (Pipe(), Pipe())
    process = try Self.python(script, [folder] + options, input: input, output: output)
    self.input = input.fileHandleForWriting
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw Failure(description: "\(script) did not start: '\(line)'")
    }
    self.port = port
  }

  deinit {
    try? input.close()
    process.waitUntilExit()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// How many mails were taken.
  var count: Int {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.count }
  }

  /// What is known of mail `number`, beside its content.
  func known<Value: Decodable>(_ number: Int = 1, as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(filePath: "\(folder)/\(number).json")))
  }

  /// Mail `number` as Python reads it.
  func mail(_ number: Int = 1) throws -> ReadMail {
    let output = Pipe()
    let process = try Self.python("read_mail.py", ["\(folder)/\(number).eml"], input: Pipe(), output: output)
    let json = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return try JSONDecoder().decode(ReadMail.self, from: json)
  }

  private static func python(
    _ script: String, _ arguments: [String], input: Pipe, output: Pipe
  ) throws -> Process {
    let root = URL(filePath: #filePath).appending(path: "../../../..").standardized
    let program = root.appending(path: ".runtime/venv-test/bin/python")
    guard FileManager.default.isExecutableFile(atPath: program.path) else {
      throw Failure(description: "There is no \(program.path); Scripts/test makes it.")
    }
    let process = Process()
    process.executableURL = program
    process.arguments = [root.appending(path: "Tests/Python/" + script).path] + arguments
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    return process
  }
}

/// A mail as Python's email package reads it.
struct ReadMail: Decodable {
  struct Attachment: Decodable, Equatable {
    var name: String
    var type: String
    var size: Int
    var sha256: String
  }

  var headers: [[String]]
  var types: [String]
  var text: String
  var html: String
  var attachments: [Attachment]
  var defects: [String]
  var longestLine: Int
  var bareLineEnds: Int
  var date: Double

  func header(_ name: String) -> [String] {
    headers.filter { $0[0].lowercased() == name.lowercased() }.map { $0[1] }
  }
}

/// What the server saw around a mail.
struct Envelope: Decodable, Equatable {
  var from: String
  var to: [String]
  var encrypted: Bool
  var user: String?
}
