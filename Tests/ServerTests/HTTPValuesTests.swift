import Foundation
import Testing

@testable import Server

@Suite("Values in HTTP's fields")
struct HTTPValuesTests {
  @Test("times are written as Foundation writes them, over four centuries")
  func times() {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    for seconds in stride(from: Int64(-3_000_000_000), to: 9_000_000_000, by: 12_345_677) {
      let date = Date(timeIntervalSince1970: TimeInterval(seconds))
      formatter.dateFormat = "yyyy-MM-dd'T'HH:mm:ss'.000Z'"
      let iso = formatter.string(from: date)
      #expect(Timestamp.iso8601(seconds) == iso)
      if seconds >= 0 {
        #expect(Timestamp.seconds(of: iso) == seconds..<seconds + 1)
        let midnight = seconds - seconds % 86_400
        #expect(Timestamp.seconds(of: iso.prefix(10)) == midnight..<midnight + 86_400)
      }
      formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
      let text = formatter.string(from: date)
      #expect(Timestamp.http(seconds) == text)
      #expect(HTTPDate.parse(text) == (seconds < 0 ? nil : seconds))
    }
    #expect(Timestamp.iso8601(testTime) == "2025-12-10T10:30:00.000Z")
    #expect(Timestamp.iso8601(951_782_400) == "2000-02-29T00:00:00.000Z")
  }

  @Test(
    "dates that aren't are not read",
    arguments: [
      "", "yesterday", "Wed, 30 Feb 2025 10:30:00 GMT", "Thu, 10 Dec 2025 10:30:00 GMT",
      "Wed, 10 Dec 2025 24:30:00 GMT", "Wed, 10 Dec 2025 10:30:00 CET", "Wednesday, 10-Dec-25 10:30:00 GMT",
      "Wed, 99999999999999 Dec 2025 ", "a, 9999999999999 Jan 1970 1:1",
    ])
  func wrongDates(text: String) {
    #expect(HTTPDate.parse(text) == nil)
  }

  @Test(
    "a range as RFC 9110 reads it, of 1000 bytes",
    arguments: [
      (nil, ByteRange.whole),
      ("bytes=0-499", .part(0..<500)), ("bytes=500-999", .part(500..<1000)), ("bytes=-500", .part(500..<1000)),
      ("bytes=9-", .part(9..<1000)), ("bytes=0-0", .part(0..<1)), ("Bytes=999-2000", .part(999..<1000)),
      ("bytes=-2000", .part(0..<1000)), ("bytes=0-99999999999999999999", .part(0..<1000)),
      ("bytes=1000-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
      ("bytes=99999999999999999999-", .unsatisfiable),
      ("bytes=0-1,5-6", .whole), ("bytes=5-4", .whole), ("bytes=-", .whole), ("bytes=a-b", .whole),
      ("lines=0-1", .whole), ("bytes", .whole), ("bytes=--1", .whole),
    ] as [(String?, ByteRange)])
  func ranges(field: String?, range: ByteRange) {
    #expect(ByteRange(field, length: 1000) == range)
  }

  @Test("no range of an empty picture can be met")
  func emptyRange() {
    #expect(ByteRange("bytes=0-", length: 0) == .unsatisfiable)
    #expect(ByteRange("bytes=-1", length: 0) == .unsatisfiable)
  }

  @Test("lists of entity tags, compared weakly and strongly")
  func tags() {
    let tag = EntityTag(sha256: "abc,d")
    #expect(tag.text == "\"abc,d\"")
    for list in ["\"abc,d\"", "*", "\"x\", \"abc,d\"", "\"x\",\"abc,d\",\"y\""] {
      #expect(tag.matchesWeakly(list))
      #expect(tag.matchesStrongly(list))
    }
    #expect(tag.matchesWeakly("W/\"abc,d\""))
    #expect(!tag.matchesStrongly("W/\"abc,d\""))
    for list in ["", "\"abc\"", "abc,d", "\"abc\", \"d\""] {
      #expect(!tag.matchesWeakly(list))
    }
  }

  @Test(
    "host names, and which of them are this machine",
    arguments: [
      ("localhost:3000", "localhost", true), ("LOCALHOST", "localhost", true), ("127.0.0.1:80", "127.0.0.1", true),
      ("127.1.2.3", "127.1.2.3", true), ("[::1]:3000", "::1", true), ("app.localhost", "app.localhost", true),
      ("example.org", "example.org", false), ("127.0.0.1.example.org", "127.0.0.1.example.org", false),
      ("127.0.0.1x", "127.0.0.1x", false), ("localhost.example.org", "localhost.example.org", false),
      ("", nil, false), ("a b", nil, false), ("host:port", nil, false), ("user@localhost", nil, false),
    ] as [(String, String?, Bool)])
  func hosts(authority: String, name: String?, isLoopback: Bool) {
    let host = HostName(authority: authority)
    #expect(host?.name == name)
    #expect((host?.isLoopback ?? false) == isLoopback)
  }

  @Test("the host of a URL")
  func urlHosts() {
    #expect(HostName(url: "https://Poses.example.org:8443/path")?.name == "poses.example.org")
    #expect(HostName(url: "poses.example.org") == nil)
  }
}
