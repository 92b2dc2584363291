import Foundation
import NIOCore
import Testing

@testable import Server

@Suite("The name that a person sees")
struct FileNameTests {
  /// What a `Content-Disposition` field says, as bytes, and the file's name on the client's disk.
  private static let names: [([UInt8], String?)] = [
    // browsers (WHATWG HTML): UTF-8, with three escapes and no others
    (field(#"filename="übung 1.jpg""#), "übung 1.jpg"),
    (field(#"filename="a%22b%0D%0Ac.jpg""#), "a\"b\r\nc.jpg"),
    (field(#"filename="100%25 a%20b.jpg""#), "100%25 a%20b.jpg"),
    // .NET's MultipartFormDataContent: base64 of "übung 1.jpg"
    (field(#"filename="=?utf-8?B?w7xidW5nIDEuanBn?=""#), "übung 1.jpg"),
    (field(#"filename="=?utf-8?B?w7xidW5nIDEuanBn?="; filename*=utf-8''%C3%BCbung%201.jpg"#), "übung 1.jpg"),
    // RFC 2047's own examples, section 8: words beside each other are one, in base64 and in Q
    (field(#"filename="=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=.jpg""#), "a =?ISO-8859-1?Q?b?=.jpg"),
    (field(#"filename="=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=""#), "ab"),
    (field(#"filename="=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=""#), "ab"),
    (field("filename=\"=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=\""), "ab"),
    (field("filename=\"=?ISO-8859-1?Q?a?=\r\n\t=?ISO-8859-1?Q?b?=\""), "ab"),
    (field(#"filename="=?ISO-8859-1?Q?a?= b""#), "a b"),
    (field(#"filename="x  =?ISO-8859-1?Q?a?=  b""#), "x  a  b"),
    (field(#"filename="=?ISO-8859-1?Q?a_b?=""#), "a b"),
    (field(#"filename="=?iso-8859-1?Q?Andr=E9.jpg?=""#), "André.jpg"),
    // not such a word, or of a charset that isn't known: as it is
    (field(#"filename="=?utf-8?X?abc?=""#), "=?utf-8?X?abc?="),
    (field(#"filename="=?koi8-r?B?w7xi?=""#), "=?koi8-r?B?w7xi?="),
    (field(#"filename="=?utf-8?B?!!!?=""#), "=?utf-8?B?!!!?="),
    // RFC 5987, section 3.2.2, and urllib3 before 1.25
    (field(#"filename*=utf-8''%c2%a3%20rates.jpg"#), "£ rates.jpg"),
    (field(#"filename*=iso-8859-1'en'%A3%20rates.jpg"#), "£ rates.jpg"),
    (field(#"filename="rates.jpg"; filename*=utf-8''%e2%82%ac%20rates.jpg"#), "€ rates.jpg"),
    // an extended name that can't be read counts as not there
    (field(#"filename="plain.jpg"; filename*=utf-8''%e2%82"#), "plain.jpg"),
    (field(#"filename="plain.jpg"; filename*=utf-16''%00a"#), "plain.jpg"),
    (field(#"filename="plain.jpg"; filename*=nonsense"#), "plain.jpg"),
    (field(#"filename*=utf-8''%zz"#), nil),
    (field(#"filename="plain.jpg"; filename*=utf-8''a%00b"#), "plain.jpg"),
    // RFC 2231, section 3, read as Python's email does
    (field(#"filename*0*=utf-8''%C3%BC; filename*1*=bung; filename*2=" 1.jpg""#), "übung 1.jpg"),
    (field(#"filename*0="long "; filename*1="name.jpg""#), "long name.jpg"),
    (field(#"filename*=ISO-8859-15''%A4%A6%A8%B4%B8%BC%BD%BE%FC.jpg"#), "€ŠšŽžŒœŸü.jpg"),
    (field(#"filename*0*=iso-8859-1'de'%FC; filename*1=bung.jpg"#), "übung.jpg"),
    (field(#"filename*1*=%BC.jpg; filename="plain.jpg"; filename*0*=utf-8''%C3"#), "ü.jpg"),
    (field(#"filename="plain.jpg"; filename*0*=utf-8''%C3; filename*1*=x"#), "plain.jpg"),
    (field(#"filename="plain.jpg"; filename*0*=utf-8''%zz"#), "plain.jpg"),
    // libraries that percent-encode as in an address
    (field(#"filename="%C3%BCbung%201.jpg""#), "übung 1.jpg"),
    // Latin-1, and what Windows means by it
    (Array(#"form-data; name="image"; filename=""#.utf8) + [0xFC] + Array(#"bung.jpg""#.utf8), "übung.jpg"),
    (Array(#"form-data; name="image"; filename=""#.utf8) + [0x80] + Array(#"5.jpg""#.utf8), "€5.jpg"),
    // paths
    (field(#"filename="C:\Users\ann\a.jpg""#), "a.jpg"),
    (field(#"filename="dir/a.jpg""#), "a.jpg"), (field("filename=\"dir/\u{301}a.jpg\""), "\u{301}a.jpg"),
    (field("filename=\"dir\u{600}/a.jpg\""), "a.jpg"),
    (field(#"filename*=utf-8''..%2F..%2Fa.jpg"#), "a.jpg"),
    (field(#"filename="=?utf-8?B?Li4vYS5qcGc=?=""#), "a.jpg"),
    // none
    (field(#"filename="""#), nil), (field("x=y"), nil), (field(#"filename="dir/""#), "dir"),
    // without quotes
    (field("filename=a.jpg"), "a.jpg"),
  ]

  private static func field(_ text: String) -> [UInt8] { Array(#"form-data; name="image"; \#(text)"#.utf8) }

  @Test("is found in every form in which clients send it", arguments: names)
  func name(field: [UInt8], name: String?) throws {
    let part = try MultipartPart(header: Array("Content-Disposition: ".utf8) + field + Array("\r\n\r\n".utf8))
    #expect(part.fileName == name)
    #expect(part.name == "image")
  }
}
