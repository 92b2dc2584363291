import Testing

@testable import PoseCore

@Suite("Stored keypoints, read without the decoder")
struct KeypointsScannerTests {
  private static func array(_ elements: [String]) -> String { "[\(elements.joined(separator: ","))]" }

  /// Valid but for the element `index`, which `change` has made anew.
  private static func array(_ index: Int, _ change: (String) -> String) -> String {
    var elements = Landmark.allCases.map { KeypointsParseTests.keypoint($0.name) }
    elements[index] = change(elements[index])
    return array(elements)
  }

  private static func scan(_ text: String) -> [Keypoint]? {
    var scanner = KeypointsScanner(Array(text.utf8))
    return scanner.keypoints()
  }

  /// A number in `x` of the nose, the rest valid.
  private static func array(x: String) -> String { array(0) { _ in KeypointsParseTests.keypoint("nose", x: x) } }

  @Test(
    "a number is the decoder's, to the bit",
    arguments: [
      "0", "-0", "0.0", "-0.0", "1", "-1", "10", "0.5", "1e-7", "1E+2", "-1.25e-3", "0.1", "0.30000001192092896",
      "0.123456789", "0.1234567890123456789", "123456789.123456", "999999999999999", "9007199254740993",
      "12345678901234567890123", "1e-320", "3.4028235e38", "0.000000059604644775390625", "1.17549435e-38",
    ])
  func numbers(text: String) throws {
    let body = #"{"keypoints":\#(Self.array(x: text))}"#
    let expected = try KeypointsJSON.parse(body: Array(body.utf8))
    #expect(Self.scan(Self.array(x: text))?.map(\.x.bitPattern) == expected.map(\.x.bitPattern))
  }

  @Test("singles of all sizes are read back to the bit")
  func singles() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let keypoints = (0..<33).map { _ in
        let value = Float(bitPattern: UInt32.random(in: 1..<0x7F80_0000, using: &random))
        return Keypoint(
          x: value, y: -value, z: .random(in: -1...1, using: &random), visibility: .random(in: 0...1, using: &random),
          presence: 0)
      }
      #expect(Self.scan(String(decoding: KeypointsJSON.bytes(of: keypoints), as: UTF8.self)) == keypoints)
    }
  }

  @Test("MySQL's order of fields, blanks, and names in any order are read")
  func forms() {
    let elements = Landmark.allCases.reversed().map {
      #"{"x": \#($0.rawValue), "y": 0.25, "z": -0.5, "name": "\#($0.name)", "visibility": 0.75}"#
    }
    let keypoints = Self.scan(" [\n\t" + elements.joined(separator: " , \r\n") + " ] ")
    #expect(keypoints?.map(\.x) == (0..<33).map(Float.init))
    #expect(keypoints?[32] == Keypoint(x: 32, y: 0.25, z: -0.5, visibility: 0.75, presence: 0))
  }

  @Test(
    "what is no number in JSON, or none that a single holds, is none here",
    arguments: [
      "", "-", "+1", "01", "-01", "00", "1.", ".5", "-.5", "1e", "1e+", "1.e3", "0x1", "1_0", "1 0", "NaN", "inf",
      "null", "true",
      "\"1\"", "1e39", "1e999", "--1", "1-", "{}", "[1]",
    ])
  func noNumbers(text: String) {
    #expect(Self.scan(Self.array(x: text)) == nil)
  }

  @Test(
    "other forms are left to the decoder",
    arguments: [
      "", "[", "[]", "{}", "null", "[1]",
      array(Landmark.allCases.dropLast().map { KeypointsParseTests.keypoint($0.name) }),
      array(0) { _ in "1" },
      array(0) { _ in "{}" },
      array(0) { $0 + "," },
      array(32) { $0 + "," + $0 },
      array(32) { $0 + "]" },
      array(1) { _ in KeypointsParseTests.keypoint("nose") },
      array(1) { _ in KeypointsParseTests.keypoint("third_eye") },
      array(0) { _ in KeypointsParseTests.keypoint("n\\u006fse") },
      array(0) { _ in KeypointsParseTests.keypoint("nose", visibility: "1.5") },
      array(0) { _ in KeypointsParseTests.keypoint("nose", visibility: "-0.5") },
      array(0) { $0.dropLast() + #","x":1}"# },
      array(0) { $0.dropLast() + #","presence":1}"# },
      array(0) { $0.dropLast() + ",}" },
      array(0) { String($0.dropLast()) },
      array(0) { _ in #"{"x":1,"y":1,"z":1,"name":"nose"}"# },
      array(0) { _ in #"{"x":1,"y":1,"z":1,"visibility":1}"# },
    ])
  func otherForms(text: String) {
    #expect(Self.scan(text) == nil)
  }

  @Test("what ends too early, wherever, is none")
  func cut() {
    let whole = Self.array(Landmark.allCases.map { KeypointsParseTests.keypoint($0.name) })
    #expect(Self.scan(whole) != nil)
    for length in 0..<whole.count { #expect(Self.scan(String(whole.prefix(length))) == nil) }
  }
}
