import NIOCore
import Testing

@testable import Server

/// Chunked bodies and forms, broken at random places, through real connections.
@Suite("Broken bodies")
struct BodyFuzzTests {
  /// What `docs/api.md` and `docs/limits.md` allow as an answer to an upload.
  private static let documented: Set<String> = [
    "201", "400", "403", "404", "405", "408", "413", "415", "417", "422", "431", "501", "503",
  ]

  /// The same numbers in each run (SplitMix64), so that a failure can be had again.
  private struct Dice {
    var state: UInt64

    mutating func next(below limit: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((value ^ (value >> 31)) % UInt64(limit))
    }

    mutating func pick(_ choices: [String]) -> String { choices[next(below: choices.count)] }
  }

  private static let pieces = [
    "\r\n", "\n", "\r", "\0", "--", "--b", "--b\r\n", "--b--", "0\r\n\r\n", ";", ":", " ", "\t", "=", "\"", "%", "%00",
    "Content-Disposition: form-data; name=\"image\"", "Content-Transfer-Encoding: base64", "filename*=utf-8''%ff",
    "=?utf-8?B?w7xi?=", "ffffffffffffffff", "-1", "+1", "0x10", "\u{FF}", "Transfer-Encoding: chunked",
    String(repeating: "0", count: 300), String(repeating: "x", count: 9000),
  ]

  private static func form(_ dice: inout Dice) -> String {
    let disposition = dice.pick([
      "form-data; name=\"image\"; filename=\"a.jpg\"", "form-data; name=image", "attachment", "",
      "form-data; name=\"image\"; filename=\"=?utf-8?Q?=C3=BC?=\"", "form-data; name*=utf-8''image",
    ])
    let encoding = dice.pick(["", "", "Content-Transfer-Encoding: base64\r\n", "Content-Type: image/jpeg\r\n"])
    return "--b\r\nContent-Disposition: \(disposition)\r\n\(encoding)\r\nPPPP\r\n"
      + dice.pick(["", "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n"]) + "--b--\r\n"
  }

  private static func request(_ dice: inout Dice) -> [UInt8] {
    var body = form(&dice)
    let isChunked = dice.next(below: 2) == 0
    let length = body.utf8.count
    if isChunked {
      let cut = dice.next(below: length)
      let bytes = Array(body.utf8)
      body =
        String(cut, radix: 16) + dice.pick(["\r\n", ";a=b\r\n", "\n"]) + String(decoding: bytes[..<cut], as: UTF8.self)
        + "\r\n" + String(length - cut, radix: 16) + "\r\n" + String(decoding: bytes[cut...], as: UTF8.self)
        + "\r\n0\r\n\r\n"
    }
    var bytes = Array(body.utf8)
    for _ in 0..<dice.next(below: 4) where !bytes.isEmpty {
      let place = dice.next(below: bytes.count)
      switch dice.next(below: 4) {
      case 0: bytes[place] ^= UInt8(1 << dice.next(below: 8))
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(contentsOf: Array(dice.pick(pieces).utf8), at: place)
      default: bytes.removeSubrange(place...)
      }
    }
    let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(length + dice.next(below: 3) - 1)"
    let type = dice.pick([
      "multipart/form-data; boundary=b", "multipart/form-data; boundary=\"b\"", "multipart/form-data", "image/jpeg",
    ])
    let head =
      "POST /api/extract-pose HTTP/1.1\r\nHost: localhost\r\nContent-Type: \(type)\r\n\(framing)\r\n"
      + "Connection: close\r\n\r\n"
    return Array(head.utf8) + bytes
  }

  @Test("each is answered as documented or the connection is closed, and the server lives on", arguments: [1, 2, 3])
  func broken(seed: UInt64) async throws {
    try await withServer(configure: { $0.maxUploadBytes = 100_000 }) { server in
      var dice = Dice(state: seed)
      var statuses: Set<String> = []
      for number in 0..<100 {
        let request = Self.request(&dice)
        let client = try await RawConnection.open(port: server.port)
        try? await client.send(request)
        try? await client.closeOutput()
        let answer = try #require(try await client.untilClosed(), "seed \(seed), request \(number) is never answered")
        if !answer.isEmpty {
          #expect(answer.hasPrefix("HTTP/1.1 "), "seed \(seed), request \(number)")
          let status = String(answer.dropFirst(9).prefix(3))
          #expect(Self.documented.contains(status), "seed \(seed), request \(number)")
          #expect(answer.contains("\"success\":"), "seed \(seed), request \(number)")
          statuses.insert(status)
        }
        await client.close()
      }
      // else the generator makes nothing but nonsense, or nothing that is broken
      #expect(statuses.isSuperset(of: ["201", "400"]))
      let health = try await RawConnection.open(port: server.port)
      try await health.send(ProtocolTests.live)
      #expect(try await health.until("timestamp").hasPrefix("HTTP/1.1 200 OK\r\n"))
      await health.close()
    }
  }
}
