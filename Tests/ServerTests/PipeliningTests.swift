import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Server

@Suite("A request before the last answer was taken")
struct PipeliningTests {
  private static func channel() throws -> EmbeddedChannel {
    let configuration = ServerConfiguration(port: 0)
    let table = ConnectionTable(configuration, log: RepeatedLog(.silent))
    let channel = EmbeddedChannel()
    let connection = table.admit(channel)
    try channel.pipeline.syncOperations.addHandler(
      ExchangeHandler(ConnectionPace.Limits(configuration), connection, basePath: ""))
    return channel
  }

  private static let head = HTTPServerRequestPart.head(
    HTTPRequestHead(version: .http1_1, method: .POST, uri: "/api/x", headers: ["Host": "localhost"]))

  private static func names(_ channel: EmbeddedChannel) throws -> [String] {
    var names: [String] = []
    while let part = try channel.readInbound(as: HTTPServerRequestPart.self) {
      switch part {
      case .head: names.append("head")
      case .body: names.append("body")
      case .end: names.append("end")
      }
    }
    return names
  }

  @Test("is not begun until there is room for its answer, and then comes whole and in order")
  func waits() throws {
    let channel = try Self.channel()
    channel.isWritable = false
    try channel.writeInbound(Self.head)
    try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(string: "x")))
    try channel.writeInbound(HTTPServerRequestPart.end(nil))
    #expect(try Self.names(channel) == [])
    channel.isWritable = true
    channel.pipeline.fireChannelWritabilityChanged()
    #expect(try Self.names(channel) == ["head", "body", "end"])
    _ = try channel.finish(acceptAlreadyClosed: true)
  }

  @Test("goes on with its body, however full the way out is, once it has begun")
  func begun() throws {
    let channel = try Self.channel()
    try channel.writeInbound(Self.head)
    channel.isWritable = false
    try channel.writeInbound(HTTPServerRequestPart.body(ByteBuffer(string: "x")))
    #expect(try Self.names(channel) == ["head", "body"])
    _ = try? channel.finish(acceptAlreadyClosed: true)
  }
}
