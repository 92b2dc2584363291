import Testing

@testable import Server

@Suite("Multipart parser")
struct MultipartParserTests {
  /// What the parser tells of a body that comes in pieces of `length` bytes.
  static func parse(_ body: String, boundary: String = "b", pieces length: Int = Int.max) throws -> [Part] {
    var parser = MultipartParser(boundary: boundary)
    var parts: [Part] = []
    var rest = Array(body.utf8)[...]
    while !rest.isEmpty {
      try Array(rest.prefix(length)).withUnsafeBytes { piece in
        try parser.parse(piece) { event in
          switch event {
          case .begin(let part): parts.append(Part(head: part))
          case .content(let bytes): parts[parts.count - 1].content += bytes
          case .end: parts[parts.count - 1].isComplete = true
          }
        }
      }
      rest = rest.dropFirst(length)
    }
    try parser.finish()
    return parts
  }

  struct Part: Equatable {
    var head: MultipartPart
    var content: [UInt8] = []
    var isComplete = false
    var text: String { String(decoding: content, as: UTF8.self) }
  }

  static let image = "Content-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n"

  @Test("a form with two fields")
  func twoFields() throws {
    let parts = try Self.parse(
      "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n"
        + "--b\r\n\(Self.image)Content-Type: image/jpeg\r\n\r\n\r\nP\r\n\r\n--b--\r\n")
    #expect(parts.map(\.head.name) == ["note", "image"])
    #expect(parts.map(\.text) == ["hello", "\r\nP\r\n"])
    #expect(parts[1].head.fileName == "a.jpg")
    #expect(parts[1].head.contentType == "image/jpeg")
    #expect(parts.map(\.isComplete) == [true, true])
  }

  static let samples = [
    "--b\r\n\(image)\r\nP\r\n--b--\r\n",
    "preamble\r\n--b\r\n\(image)\r\nP\r\n--b--\r\nepilogue",
    "--b \t\r\n\(image)\r\n\r\n--b\r\n\r\n\r\nx\r\n--b-- ",
    "--b\r\n\(image)\r\n\r\r\n\r\n-\r\n--\r\n--a\r\n-b\r\n--b--",
    "--b\r\nContent-Disposition: form-data;\r\n name=image\r\n\r\n\r\n--b--",
    "--b\r\n\r\n--b--",
  ]

  @Test("wherever the pieces' borders lie, the result is the same", arguments: samples)
  func everyBorder(sample: String) throws {
    let whole = try Self.parse(sample)
    #expect(!whole.isEmpty)
    for length in 1..<sample.utf8.count {
      let parts = try Self.parse(sample, pieces: length)
      #expect(parts == whole, "pieces of \(length)")
    }
  }

  @Test("content that nearly holds the boundary is passed on unchanged")
  func nearBoundaries() throws {
    for content in ["\r", "\r\n", "\r\n-", "\r\n--", "\r\n--c", "\r\r\n--a", "x--b--", "\r\n\r\n"] {
      let parts = try Self.parse("--b\r\n\(Self.image)\r\n\(content)\r\n--b--")
      #expect(parts.map(\.text) == [content])
    }
  }

  @Test(
    "what is no form is refused with its reason",
    arguments: [
      ("", MultipartParser.Failure.boundaryMissing),
      ("no boundary here", .boundaryMissing),
      ("--b\r\n\(image)\r\nP", .truncated),
      ("--b\r\n\(image)\r\nP\r\n--b-", .truncated),
      ("--b\r\n\(image)", .truncated),
      ("--b\n\(image)", .lineEnding),
      ("--b\r\nA: b\n\r\n", .lineEnding),
      ("--bc\r\n\(image)", .malformedBoundaryLine),
      ("--b\r\nContent-Disposition: form-data; name=a; filename=b\0c\r\n\r\nP\r\n--b--", .malformedHeader),
      ("--b\r\nno field\r\n\r\nP\r\n--b--", .malformedHeader),
      ("--b\r\n: value\r\n\r\nP\r\n--b--", .malformedHeader),
      ("--b\r\nA: \(String(repeating: "x", count: 9000))\r\n\r\n\r\n--b--", .headerTooLong),
      (String(repeating: "x", count: 9000) + "\r\n--b--", .preambleTooLong),
      (String(repeating: "--b\r\n\r\n\r\n", count: 101) + "--b--", .tooManyParts),
    ])
  func failures(body: String, failure: MultipartParser.Failure) {
    for length in [1, 7, Int.max] {
      #expect(throws: failure) { try Self.parse(body, pieces: length) }
    }
  }

  @Test(
    "file names as clients write them",
    arguments: [
      (#"filename="a b.jpg""#, "a b.jpg"),
      (#"filename=a.jpg"#, "a.jpg"),
      (#"filename="photo%22of%22me.jpg""#, #"photo"of"me.jpg"#),
      (#"filename="100%.jpg""#, "100%.jpg"),
      (#"filename="say \"hi\".jpg""#, #"say "hi".jpg"#),
      (#"filename="C:\dir\a.jpg""#, "a.jpg"),
      (#"filename="semi;colon.jpg""#, "semi;colon.jpg"),
      (#"filename="日本.jpg""#, "日本.jpg"),
      (#"FileName="a.jpg"; filename*=UTF-8''b.jpg"#, "b.jpg"),
    ])
  func fileNames(parameter: String, name: String) throws {
    let parts = try Self.parse("--b\r\ncontent-disposition: Form-Data; name=image; \(parameter)\r\n\r\nP\r\n--b--")
    #expect(parts.map(\.head.name) == ["image"])
    #expect(parts.first?.head.fileName == name)
  }

  @Test(
    "the boundary as RFC 2046 allows it",
    arguments: [
      ("multipart/form-data; boundary=abc", "abc"),
      ("Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\"", "a b:c"),
      ("multipart/form-data; boundary=\(String(repeating: "x", count: 70))", String(repeating: "x", count: 70)),
      ("multipart/form-data; boundary=\(String(repeating: "x", count: 71))", nil),
      ("multipart/form-data; boundary=", nil),
      ("multipart/form-data", nil),
      ("multipart/form-data; boundary=\"ends with space \"", nil),
      ("multipart/form-data; boundary=\"b\u{e9}\"", nil),
    ])
  func boundaries(contentType: String, boundary: String?) {
    #expect(MultipartBoundary.parse(HeaderParameters(contentType)) == boundary)
  }
}
