import Foundation

/// A server written in Python, such as one for mail, in a process of its own, that keeps what it was sent in a folder.
public final class PythonServer: Sendable {
  public let port: Int
  public let folder: String
  private let process: Process
  private let input: FileHandle

  /// Starts `Tests/Python/script` and waits for its port.
  public init(_ script: String, _ options: [String] = []) throws {
    folder = FileManager.default.temporaryDirectory.path + "/posevault-mail-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let (input, output) = (Pipe(), Pipe())
    process = try Self.python(script, [folder] + options, input: input, output: output)
    self.input = input.fileHandleForWriting
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let port = Int(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw TestServerFailure(description: "\(script) did not start: '\(line)'")
    }
    self.port = port
  }

  deinit {
    try? input.close()
    process.waitUntilExit()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// How many mails were taken.
  public var count: Int {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.count }
  }

  /// What is known of mail `number`, beside its content.
  public func known<Value: Decodable>(_ number: Int = 1, as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(filePath: "\(folder)/\(number).json")))
  }

  /// Mail `number` as Python reads it.
  public func mail(_ number: Int = 1) throws -> ReadMail {
    let output = Pipe()
    let process = try Self.python("read_mail.py", ["\(folder)/\(number).eml"], input: Pipe(), output: output)
    let json = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return try JSONDecoder().decode(ReadMail.self, from: json)
  }

  private static func python(
    _ script: String, _ arguments: [String], input: Pipe, output: Pipe
  ) throws -> Process {
    let root = URL(filePath: #filePath).appending(path: "../../..").standardized
    let program = root.appending(path: ".runtime/venv-test/bin/python")
    guard FileManager.default.isExecutableFile(atPath: program.path) else {
      throw TestServerFailure(description: "There is no \(program.path); Scripts/test makes it.")
    }
    let process = Process()
    process.executableURL = program
    process.arguments = [root.appending(path: "Tests/Python/" + script).path] + arguments
    process.standardInput = input
    process.standardOutput = output
    try process.start()
    return process
  }
}

/// A mail as Python's email package reads it.
public struct ReadMail: Decodable {
  public struct Attachment: Decodable, Equatable {
    public var name: String
    public var type: String
    public var size: Int
    public var sha256: String

    public init(name: String, type: String, size: Int, sha256: String) {
      (self.name, self.type, self.size, self.sha256) = (name, type, size, sha256)
    }
  }

  public var headers: [[String]]
  public var types: [String]
  public var text: String
  public var html: String
  public var attachments: [Attachment]
  public var defects: [String]
  public var longestLine: Int
  public var bareLineEnds: Int
  public var date: Double

  public func header(_ name: String) -> [String] {
    headers.filter { $0[0].lowercased() == name.lowercased() }.map { $0[1] }
  }
}

/// What the server saw around a mail.
public struct Envelope: Decodable, Equatable {
  public var from: String
  public var to: [String]
  public var encrypted: Bool
  public var user: String?

  public init(from: String, to: [String], encrypted: Bool, user: String?) {
    (self.from, self.to, self.encrypted, self.user) = (from, to, encrypted, user)
  }
}
