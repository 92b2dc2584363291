import Foundation
import PoseCore
import Testing

@Suite("JSON is written")
struct JSONWriterTests {
  @Test("in the order of the calls, with commas where they belong")
  func structure() {
    var json = JSONWriter()
    json.object { json in
      json.key("b")
      json.array { json in
        json.value(1)
        json.value(true)
        json.null()
        json.array { _ in }
        json.object { _ in }
      }
      json.key("a")
      json.value("x")
      json.key(text: "c\"")
      json.splice(Array(#"{"raw": [1, 2]}"#.utf8))
      json.key("d")
      json.value(false)
    }
    let expected = #"{"b":[1,true,null,[],{}],"a":"x","c\"":{"raw": [1, 2]},"d":false}"#
    #expect(String(decoding: json.bytes, as: UTF8.self) == expected)
  }

  @Test("so that Foundation reads the same text back")
  func text() throws {
    let characters = (0...0x2FFF).compactMap { Unicode.Scalar($0) }.map(String.init) + ["🧘‍♀️", "e\u{301}", "\u{10FFFF}"]
    var json = JSONWriter()
    json.array { json in
      for character in characters { json.value("a" + character + "\\z") }
    }
    let read = try JSONSerialization.jsonObject(with: Data(json.bytes)) as? [String]
    #expect(read?.map { Array($0.utf8) } == characters.map { Array("a\($0)\\z".utf8) })
    #expect(json.bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
  }

  /// As Ryu and Java's `Float.toString` shorten them; zero is never negative, and there is no JSON for the rest.
  @Test(
    "with singles in their shortest form",
    arguments: [
      (0.1, "0.1"), (1, "1.0"), (-0.5, "-0.5"), (0, "0.0"), (-0.0, "0.0"), (16_777_216, "16777216.0"),
      (1 / 3, "0.33333334"), (0.569, "0.569"), (.greatestFiniteMagnitude, "3.4028235e+38"),
      (.leastNonzeroMagnitude, "1e-45"), (.nan, "null"), (.infinity, "null"), (-.infinity, "null"),
    ] as [(Float, String)])
  func shortest(number: Float, expected: String) {
    #expect(written(number) == expected)
  }

  @Test("with singles that read back the same, in at most nine digits")
  func roundTrip() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let number = Float(bitPattern: generator.next())
      guard number.isFinite, number != 0 else { continue }
      let text = written(number)
      #expect(strtof(text, nil) == number, "\(text)")
      let significand = text.prefix { $0 != "e" }.filter(\.isNumber).drop { $0 == "0" }
      let digits = significand.reversed().drop { $0 == "0" }.count
      #expect(digits <= 9, "\(text)")
      // JSON's grammar of numbers
      #expect(text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[+-]?[0-9]+)?/) != nil, "\(text)")
    }
  }

  @Test("for keypoints as the API shows them")
  func keypoints() throws {
    let keypoints = Landmark.allCases.map { landmark in
      Keypoint(x: Float(landmark.rawValue) / 10, y: -1, z: 0.25, visibility: 1, presence: 0.5)
    }
    let text = String(decoding: KeypointsJSON.bytes(of: keypoints), as: UTF8.self)
    #expect(text.hasPrefix(#"[{"x":0.0,"y":-1.0,"z":0.25,"visibility":1.0,"name":"nose"},{"x":0.1,"#))
    let read = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    #expect(read.compactMap { $0["name"] as? String } == Landmark.allCases.map(\.name))
    #expect(read.allSatisfy { $0.count == 5 })

    var json = JSONWriter()
    KeypointsJSON.write(keypoints, presence: true, into: &json)
    let withPresence = String(decoding: json.bytes, as: UTF8.self)
    #expect(withPresence.contains(#""visibility":1.0,"presence":0.5,"name":"nose"}"#))
  }

  private func written(_ number: Float) -> String {
    var json = JSONWriter()
    json.value(number)
    return String(decoding: json.bytes, as: UTF8.self)
  }
}
