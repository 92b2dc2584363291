import Foundation
import PoseCore
import Testing

@Suite("JSON's syntax")
struct JSONSyntaxTests {
  /// What Foundation's reader says, for texts that both must agree about.
  @Test(
    "is judged as Foundation judges it",
    arguments: [
      "{}", "[]", "null", "true", "false", "0", "-0", "1.5e3", "1E-2", "\"a\"", "\"\\u00e9\\n\\\"\"",
      "[1,2,[3,{\"a\":null}]]",
      " [ 1 , 2 ] ", "{\"a\":{\"b\":[]}}", "\"ü\"", "[\"😀\"]", "", " ", "{", "[", "{\"a\"}", "{\"a\":}", "{,}", "{a:1}",
      "tru", "nulll", "[1 2]", "[1]]", "\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u12\"", "01", "-", "1.", ".5", "1e", "1e+",
      "+1",
      "\"a\nb\"", "'a'", "[1][2]", "//", "[nan]",
    ])
  func oracle(text: String) {
    let bytes = Array(text.utf8)
    let expected = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
    #expect(JSONSyntax.isValid(bytes) == expected)
  }

  @Test("bytes that are no UTF-8, and endless nesting, are none")
  func refused() {
    #expect(!JSONSyntax.isValid([0x22, 0xFF, 0x22]))
    #expect(!JSONSyntax.isValid([0x22, 0xED, 0xA0, 0x80, 0x22]), "half of a pair")
    #expect(!JSONSyntax.isValid([0xFF, 0x00]))
    // which Foundation lets pass
    #expect(!JSONSyntax.isValid(Array("[1,]".utf8)) && !JSONSyntax.isValid(Array("{\"a\":1,}".utf8)))
    let deep = { (count: Int) in [UInt8](repeating: 0x5B, count: count) + [UInt8](repeating: 0x5D, count: count) }
    #expect(JSONSyntax.isValid(deep(100)))
    #expect(!JSONSyntax.isValid(deep(100_000)))
  }

  @Test("a stored value that is none is passed on as a string of its text")
  func spliced() throws {
    var json = JSONWriter()
    json.array { json in
      json.splice(stored: Array("{\"a\":1}".utf8))
      json.splice(stored: Array("{".utf8))
      json.splice(stored: [0xFF, 0x00])
    }
    let read = try #require(try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [Any])
    #expect(read.count == 3)
    #expect(read[0] as? [String: Int] == ["a": 1])
    #expect(read[1] as? String == "{")
    #expect(read[2] as? String == "\u{FFFD}\0")
  }
}
