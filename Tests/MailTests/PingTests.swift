import Curl
import Mail
import PoseCore
import Testing
import TestServers

@Suite("The call after a proven backup, to a real server", .serialized)
struct PingTests {
  private struct Request: Decodable, Equatable {
    var method: String
    var path: String
    var agent: String
  }

  private func call(_ port: Int) async throws {
    let ping = PingCall(
      "http://user:geheim@127.0.0.1:\(port)/ping/geheim?a=b", limits: TransferLimits(connect: 2, reply: 2, total: 3),
      pause: .milliseconds(10))
    try await ping.call()
  }

  private func message(_ port: Int) async -> String? {
    do {
      try await call(port)
      return nil
    } catch {
      return (error as? PoseVaultError)?.message ?? "\(error)"
    }
  }

  @Test("one GET of exactly the address")
  func once() async throws {
    let server = try PythonServer("ping_server.py")
    try await call(server.port)
    #expect(try server.known() == Request(method: "GET", path: "/ping/geheim?a=b", agent: "PoseVault"))
    #expect(try server.count == 1)
  }

  @Test(
    "follows to another address, and tries again after what may pass", arguments: [["301", "200"], ["503", "204"]])
  func goesOn(answers: [String]) async throws {
    let server = try PythonServer("ping_server.py", answers)
    try await call(server.port)
    #expect(try server.count == 2)
    #expect(try server.known(2, as: Request.self).path == (answers[0] == "301" ? "/moved" : "/ping/geheim?a=b"))
  }

  @Test(
    "tells what went wrong, without the address",
    arguments: [
      (["404"], "The answer was 404.", 1), (["500"], "The answer was 500.", 3),
      (["301"], "Number of redirects hit maximum amount.", 18), (["hang"], "Timeout was reached.", 3),
    ])
  func failures(answers: [String], said: String, calls: Int) async throws {
    let server = try PythonServer("ping_server.py", answers)
    #expect(await message(server.port) == said)
    #expect(try server.count == calls)
  }

  @Test("a server that isn't there is told without the address")
  func nobody() async throws {
    let port = try PythonServer("ping_server.py").port
    #expect(await message(port) == "Couldn't connect to server.")
  }
}
