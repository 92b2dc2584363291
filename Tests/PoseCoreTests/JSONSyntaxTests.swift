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

  /// The first two are Python's `json.dumps("ü")` and the key itself: one key.
  @Test(
    "a client's body is refused for a key that an object has twice, however it is written, and for what is not UTF-8",
    arguments: [
      (#"{"\u00fc":1,"ü":2}"#, #"has "ü" more than once"#), (#"{"a":[{"b":1,"b":1}]}"#, #"has "b" more than once"#),
      (#"{"a":1,"a":2}"#, #"has "a" more than once"#), (#"{"a\n":1,"a\u000a":2}"#, #"has "a\x0A" more than once"#),
      ("[1,]", "is not well-formed JSON"), ("", "is not well-formed JSON"), ("{} {}", "is not well-formed JSON"),
      (#"{"\ud800":1}"#, "is not well-formed JSON"),
      (String(repeating: "[", count: 60_000), "nests more than 100 levels deep"),
      (String(repeating: #"{"a":"#, count: 10_000), "nests more than 100 levels deep"),
      (#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#, nil), (#"{"a":"\ud800"}"#, nil),
    ] as [(String, String?)])
  func bodies(text: String, fault: String?) {
    #expect(JSONSyntax.fault(ofBody: Array(text.utf8)) == fault)
  }

  @Test("a client's body in another encoding is refused, the mark of UTF-8 passed over")
  func encodings() {
    #expect(JSONSyntax.fault(ofBody: [0x22, 0xFF, 0x22]) == "is not UTF-8")
    #expect(JSONSyntax.fault(ofBody: [0xFF, 0xFE, 0x7B, 0, 0x7D, 0]) == "is not UTF-8")
    #expect(JSONSyntax.fault(ofBody: [0x7B, 0, 0x7D, 0]) == "is not well-formed JSON")
    #expect(JSONSyntax.withoutMark([0xEF, 0xBB, 0xBF, 0x7B, 0x7D]) == [0x7B, 0x7D])
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
    #expect(read[2] as? String == "\\xFF\0")
  }
}
