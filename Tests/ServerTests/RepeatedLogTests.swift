import HTTPTypes
import HummingbirdTesting
import Logging
import PoseCore
import Synchronization
import Testing

@testable import Server

/// Keeps the lines that are logged.
final class LogBook: Sendable {
  private let lines = Mutex<[String]>([])

  var all: [String] { lines.withLock { $0 } }

  var logger: Logger {
    Logger(label: "test") { [self] _ in Handler(book: self) }
  }

  private struct Handler: LogHandler {
    let book: LogBook
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let more = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0)=\($1)" }.joined()
      book.lines.withLock { $0.append("\(event.level) \(event.message)\(more)") }
    }
  }
}

@Suite("Log lines that clients can bring about")
struct RepeatedLogTests {
  @Test("the first is written at once, those that follow are counted in one line, and then it begins anew")
  func counted() async throws {
    let book = LogBook()
    let log = RepeatedLog(book.logger, pause: .milliseconds(200))
    for _ in 0..<500 { log.warning("full") }
    log.warning("other")
    #expect(book.all == ["warning full", "warning other"])
    while book.all.count < 3 { try await Task.sleep(for: .milliseconds(10)) }
    #expect(book.all.last == "warning full more-times=499")
    try await Task.sleep(for: .milliseconds(600))
    log.warning("full")
    #expect(book.all.last == "warning full")
    #expect(book.all.count == 4)
  }

  @Test("kinds without number take no memory without limit")
  func manyKinds() {
    let book = LogBook()
    let log = RepeatedLog(book.logger)
    for number in 0..<10_000 { log.warning("kind \(number)") }
    #expect(book.all.count <= 201)
  }

  @Test("a server that is full, or whose storage is down, writes one line of a kind, however many are refused")
  func refusals() async throws {
    let storage = MemoryStorage()
    let book = LogBook()
    storage.setFault(\.poseFault, PoseVaultError(.storageUnavailable, "down"))
    let server = makeServer(storage, logger: book.logger)
    try await server.buildApplication().test(.router) { client in
      for number in 1...300 {
        let answer = try await client.send(.get, "/api/poses/\(number)")
        #expect(answer.status == .serviceUnavailable)
      }
    }
    let troubles = book.all.filter { !$0.hasPrefix("info") }
    #expect(troubles.count == 2, "\(troubles.prefix(5))")
    #expect(troubles.contains { $0.hasPrefix("error down") })
    #expect(troubles.contains { $0.hasPrefix("warning GET /api/poses/1 ") })
  }
}
