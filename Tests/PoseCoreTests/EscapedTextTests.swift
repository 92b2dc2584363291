import PoseCore
import Testing

@Suite("Bytes and text from outside")
struct EscapedTextTests {
  /// Bytes, and what Python 3 makes of them with `bytes.decode("utf-8", "backslashreplace")`, its digits in capitals.
  @Test(
    "that are not UTF-8 are escaped one by one, as Python does it",
    arguments: [
      (Array("Übung 日本 😀.jpg".utf8), "Übung 日本 😀.jpg"), ([], ""),
      (Array("Mu".utf8) + [0xF1] + Array("oz".utf8), #"Mu\xF1oz"#),
      ([0x80, 0xFE, 0xFF], #"\x80\xFE\xFF"#), ([0x41, 0xE2, 0x82], #"A\xE2\x82"#), ([0xC0, 0xAF], #"\xC0\xAF"#),
      ([0xED, 0xA0, 0x80], #"\xED\xA0\x80"#), ([0xF4, 0x90, 0x80, 0x80, 0x42], #"\xF4\x90\x80\x80B"#),
      ([0xC3, 0xBC, 0xC3], #"ü\xC3"#), ([0xE2, 0x82, 0xC3, 0xBC], #"\xE2\x82ü"#), ([0xFF, 0x00, 0xFE], "\\xFF\0\\xFE"),
      ([0xF0, 0x9F, 0x98, 0x80, 0xF0, 0x9F, 0x98], #"😀\xF0\x9F\x98"#),
    ] as [([UInt8], String)])
  func bytes(_ bytes: [UInt8], text: String) {
    #expect(EscapedText.text(bytes) == text)
    let characters = bytes.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
    #expect(EscapedText.text(cString: characters) == EscapedText.text(bytes.prefix { $0 != 0 }))
  }

  @Test(
    "that would move a cursor, end a line or turn the direction of text are escaped, and nothing else",
    arguments: [
      ("\u{1B}[2Ja\r\nb\tc", #"\x1B[2Ja\x0D\x0Ab\x09c"#), ("\u{202E}gpj\u{2066}", #"\u{202E}gpj\u{2066}"#),
      ("a\u{2028}b\u{85}\u{9B}", #"a\u{2028}b\u{85}\u{9B}"#), ("👩\u{200D}🔬 ü e\u{301}", "👩\u{200D}🔬 ü e\u{301}"),
      ("\u{FEFF}\0\u{7F}", #"\u{FEFF}\x00\x7F"#),
    ])
  func line(text: String, shown: String) {
    #expect(EscapedText.line(text) == shown)
  }
}
