import Crypto
import Curl
import Foundation
import PoseCore
import Testing

@testable import S3

@Suite("Requests are signed as AWS's own examples are")
struct SignatureTests {
  struct Vector: Decodable, CustomTestStringConvertible {
    var name: String
    var request: String
    var canonicalRequest: String
    var stringToSign: String
    var authorization: String

    var testDescription: String { name }

    static let all: [Vector] = {
      struct File: Decodable { var cases: [Vector] }
      let path = URL(filePath: #filePath).appending(path: "../../Fixtures/signature-v4.json").standardized
      let file = try? JSONDecoder().decode(File.self, from: Data(contentsOf: path))
      return file?.cases ?? []
    }()

    /// The text of an HTTP request, whose path and query are not encoded.
    func parsed() throws -> SignatureV4.Request {
      let parts = request.split(separator: "\n\n", maxSplits: 1)
      let lines = parts[0].split(separator: "\n")
      let first = try #require(lines.first)
      let words = first.split(separator: " ")
      let target = words.dropFirst().dropLast().joined(separator: " ").split(separator: "?", maxSplits: 1)
      let query = (target.count > 1 ? target[1] : "").split(separator: "&").map { pair in
        let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
          .map { $0.removingPercentEncoding ?? String($0) }
        return (sides[0], sides.count > 1 ? sides[1] : "")
      }
      var headers: [HTTPField] = []
      for line in lines.dropFirst() {
        // a line that begins with a space goes on with the one before
        if line.hasPrefix(" ") {
          headers[headers.count - 1].value += "\n\(line)"
        } else {
          let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
          headers.append(HTTPField(String(sides[0]), String(sides[1])))
        }
      }
      // in one of the cases, who signs adds the token
      let token = "x-amz-security-token"
      if !headers.contains(where: { $0.name.lowercased() == token }),
        let line = canonicalRequest.split(separator: "\n").first(where: { $0.hasPrefix(token + ":") })
      {
        headers.append(HTTPField(token, String(line.dropFirst(token.count + 1))))
      }
      let body = parts.count > 1 ? String(parts[1]) : ""
      return SignatureV4.Request(
        method: String(words[0]), path: SignatureV4.encoded(String(target[0]), keepsSlashes: true), query: query,
        headers: headers, payload: Hexadecimal.text(SHA256.hash(data: Data(body.utf8))))
    }
  }

  @Test("the test suite of AWS: canonical request, string to sign, header", arguments: Vector.all)
  func vector(vector: Vector) throws {
    let request = try vector.parsed()
    // as the suite's authors say
    let signature = SignatureV4(
      credentials: try S3Credentials(
        accessKeyID: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
      region: "us-east-1", service: "service", time: 1_440_938_160)
    #expect(SignatureV4.canonicalRequest(request) == vector.canonicalRequest)
    #expect(signature.stringToSign(vector.canonicalRequest) == vector.stringToSign)
    #expect(signature.authorization(request) == vector.authorization)
  }

  @Test("the suite has all of its cases")
  func complete() {
    #expect(Vector.all.count == 26)
  }

  /// From "Signature Calculations for the Authorization Header" in Amazon's S3 API reference.
  @Test("the examples of the S3 reference: a range, a put, a bucket's setting, a list")
  func examples() throws {
    let signature = SignatureV4(
      credentials: try S3Credentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
      region: "us-east-1", time: 1_369_353_600)
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    func signed(
      _ method: String, _ path: String, _ query: [(String, String)] = [], _ more: [HTTPField] = [],
      payload: String = empty
    ) -> Substring? {
      signature.authorization(
        SignatureV4.Request(
          method: method, path: SignatureV4.encoded(path, keepsSlashes: true), query: query,
          headers: more + [
            HTTPField("Host", "examplebucket.s3.amazonaws.com"), HTTPField("x-amz-date", "20130524T000000Z"),
            HTTPField("x-amz-content-sha256", payload),
          ], payload: payload)
      ).split(separator: "Signature=").last
    }
    #expect(signature.timestamp == "20130524T000000Z")
    #expect(
      signed("GET", "/test.txt", [], [HTTPField("Range", "bytes=0-9")])
        == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    #expect(
      signed(
        "PUT", "/test$file.text", [],
        [HTTPField("Date", "Fri, 24 May 2013 00:00:00 GMT"), HTTPField("x-amz-storage-class", "REDUCED_REDUNDANCY")],
        payload: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
        == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    #expect(
      signed("GET", "/", [("lifecycle", "")]) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    #expect(
      signed("GET", "/", [("prefix", "J"), ("max-keys", "2")])
        == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
  }

  @Test("credentials show themselves nowhere, and come out of a file")
  func credentials() throws {
    let credentials = try S3Credentials(accessKeyID: "AKID", secret: "geheim", sessionToken: "token")
    var dumped = ""
    dump(credentials, to: &dumped)
    for text in ["\(credentials)", String(reflecting: credentials), dumped] {
      #expect(!text.contains("geheim") && !text.contains("AKID") && !text.contains("token"), "\(text)")
    }
    for wrong in ["", "with space", "ü", "line\n"] {
      #expect(throws: PoseVaultError.self) { try S3Credentials(accessKeyID: "AKID", secret: wrong) }
    }
    let file = FileManager.default.temporaryDirectory.appending(path: "posevault-key-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    #expect(throws: PoseVaultError.self) { try S3Credentials.secret(inFile: file.path) }
    try Data("geheim\r\n".utf8).write(to: file)
    #expect(try S3Credentials.secret(inFile: file.path) == "geheim")
    try Data(repeating: 65, count: 5000).write(to: file)
    #expect(throws: PoseVaultError.self) { try S3Credentials.secret(inFile: file.path) }
  }
}
