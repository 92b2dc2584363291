import PoseCore
import Testing

@testable import S3

@Suite("What S3 answers with, and where it is")
struct AnswerTests {
  @Test("the XML of an answer, with entities, prefixes, attributes and comments")
  func xml() throws {
    let xml = try S3XML(
      Array(
        """
        \u{FEFF}<?xml version="1.0" encoding="UTF-8"?>
        <!-- a list -->
        <s3:List xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/" a='>'>
          <Contents><Key>a&amp;b&lt;&#x1F9D8;&#65;</Key><Size>1</Size></Contents>
          <Contents><Key>p<!-- no -->q</Key><Empty/></Contents>
          <Raw><![CDATA[<x>&amp;]]></Raw>
        </s3:List>
        """.utf8))
    #expect(xml.name == "List")
    #expect(xml.all("Contents").map { $0["Key"] } == ["a&b<🧘A", "pq"])
    #expect(xml.all("Contents").map { $0["Size"] } == ["1", nil])
    #expect(xml["Raw"] == "<x>&amp;")
  }

  @Test(
    "what is no such XML is refused",
    arguments: [
      "", "text", "<a>", "<a></b>", "<a><b></a></b>", "<a/><b/>", "<a>&unknown;</a>", "<a>&#xD800;</a>", "<a>&amp</a>",
      "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "<a b></a>", "<a b=c></a>", "<a>\u{0}", "<>", "<a", "<!--",
      String(repeating: "<a>", count: 100_000),
    ])
  func malformed(text: String) {
    #expect(throws: S3XML.Malformed.self) { try S3XML(Array(text.utf8)) }
  }

  @Test("a bucket's address, in both styles")
  func locations() throws {
    let amazon = try S3Location(bucket: "poses", region: "eu-central-1")
    #expect(amazon.scheme == "https" && amazon.host == "poses.s3.eu-central-1.amazonaws.com")
    #expect(amazon.path("a b/ü") == "/a%20b/%C3%BC" && amazon.path(nil) == "/")
    let own = try S3Location(
      bucket: "my.poses", region: "us-east-1", endpoint: "http://127.0.0.1:8333/", isPathStyle: true)
    #expect(own.host == "127.0.0.1:8333" && own.path("a") == "/my.poses/a" && own.path(nil) == "/my.poses")
    #expect(
      try S3Location(bucket: "poses", region: "r", endpoint: "https://S3.example.org:443").host
        == "poses.s3.example.org")
  }

  @Test(
    "what can't be a bucket's address is refused",
    arguments: [
      ("ab", "r", nil, true), ("Poses", "r", nil, true), ("-poses", "r", nil, true), ("a..b", "r", nil, true),
      ("poses/x", "r", nil, true), ("poses", "", nil, true), ("poses", "eu central", nil, true),
      ("poses", "r", "s3.example.org", true), ("poses", "r", "ftp://s3.example.org", true),
      ("poses", "r", "https://s3.example.org/path", true), ("poses", "r", "https://user:pw@s3.example.org", true),
      ("poses", "r", "https://s3.example.org?x", true), ("my.poses", "r", "https://s3.example.org", false),
      ("poses", "r", "http://127.0.0.1:8333", false), ("poses", "r", "http://[::1]:8333", false),
    ] as [(String, String, String?, Bool)])
  func wrongLocations(bucket: String, region: String, endpoint: String?, isPathStyle: Bool) {
    let error = #expect(throws: PoseVaultError.self) {
      try S3Location(bucket: bucket, region: region, endpoint: endpoint, isPathStyle: isPathStyle)
    }
    #expect(error?.code == .configuration)
    #expect(error?.message.contains("pw") == false)
  }

  @Test("dates, as HTTP and as XML write them")
  func dates() {
    // the example of RFC 9110
    #expect(HTTPDate.seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
    #expect(HTTPDate.isoSeconds("1994-11-06T08:49:37.000Z") == 784_111_777)
    #expect(HTTPDate.iso(784_111_777) == "1994-11-06T08:49:37Z")
    for wrong in ["Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", ""] {
      #expect(HTTPDate.seconds(wrong) == nil)
    }
  }

  @Test("a file of any length goes in at most 10,000 parts, which hold each byte once")
  func parts() {
    for length in [1, 5 * 1024 * 1024, 5 * 1024 * 1024 + 1, 100_000_000, 5_000_000_000_000] {
      let parts = S3Upload(partLength: 1).parts(length)
      #expect(parts.count <= 10_000)
      #expect(parts.first?.lowerBound == 0 && parts.last?.upperBound == length)
      #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      #expect(parts.dropLast().allSatisfy { $0.count >= 5 * 1024 * 1024 })
    }
    #expect(S3Upload().parts(0) == [])
  }
}
