import Logging
import PoseCore
import Synchronization
import Testing

@Suite("What the log tells of an error")
struct ErrorCausesTests {
  private struct Said: Error, CustomStringConvertible {
    let description: String
  }

  private let error = PoseVaultError(
    .backupFailed, "The backup failed.",
    cause: PoseVaultError(
      .storageUnavailable, "MySQL is full.", cause: Said(description: "The table 'poses' is full\n(1114)")))

  @Test("the whole chain of causes, each in its own words, and only in what is meant for the log")
  func chain() {
    #expect(
      ErrorCauses(of: error).lines == ["The backup failed.", "MySQL is full.", "The table 'poses' is full (1114)"])
    #expect("\(error)" == "The backup failed.")
    #expect(
      error.debugDescription
        == "BACKUP_FAILED: The backup failed.; because of: MySQL is full.; because of: The table 'poses' is full (1114)"
    )
    #expect(ErrorCauses(of: Said(description: "x")).text == nil)
  }

  @Test(
    "a login in an address is cut out",
    arguments: [
      "no answer from mongodb://user:p@ss/word@db.example.org/poses", "mongodb+srv://user:secret:word@a.b,c.d/x failed",
      "http://token@host/", "mongodb://user:secret@\u{301}host/", "mongodb://user:secret\u{600}@host/",
    ])
  func logins(text: String) {
    let shown = PoseVaultError(.internal, "x", cause: Said(description: text)).debugDescription
    #expect(shown.contains("://(hidden)"))
    for secret in ["user", "p@ss", "word", "secret", "token"] { #expect(!shown.contains(secret)) }
  }

  @Test("nothing of it acts on a terminal, or makes a line of its own")
  func controls() {
    let shown = ErrorCauses(of: Said(description: "a\u{1B}[2Jb\r\n\u{2028}c\u{9B}d")).lines
    #expect(shown == [#"a\x1B[2Jb  c\u{9B}d"#])
  }

  @Test("an endless text or chain has an end")
  func limits() {
    var error = PoseVaultError(.internal, String(repeating: "x", count: 100_000))
    for _ in 0..<100 { error = PoseVaultError(.internal, "outer", cause: error) }
    #expect(ErrorCauses(of: error).lines.count == 8)
    #expect(ErrorCauses(of: Said(description: String(repeating: "x", count: 100_000))).lines[0].count < 1100)
  }

  @Test("one log line holds what failed, the error and its cause")
  func line() {
    let lines = Lines()
    var logger = Logger(label: "test") { _ in lines }
    logger.logLevel = .trace
    logger.report(error, "Pictures were not looked for", level: .warning, metadata: ["run": "7"])
    logger.report(error)
    #expect(
      lines.all == [
        "warning Pictures were not looked for cause=MySQL is full.; because of: The table 'poses' is full (1114) "
          + "error=The backup failed. run=7",
        "error The backup failed. cause=MySQL is full.; because of: The table 'poses' is full (1114)",
      ])
  }
}

private final class Lines: LogHandler {
  private let kept = Mutex<[String]>([])
  var all: [String] { kept.withLock { $0 } }
  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }
  var logLevel: Logger.Level {
    get { .trace }
    set {}
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }

  func log(event: LogEvent) {
    let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    kept.withLock { $0.append("\(event.level) \(event.message)\(details)") }
  }
}
