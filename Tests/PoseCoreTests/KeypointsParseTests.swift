import Testing

@testable import PoseCore

@Suite("Keypoints from a request's body")
struct KeypointsParseTests {
  static func keypoint(_ name: String, x: String = "0.5", visibility: String = "1") -> String {
    #"{"x":\#(x),"y":0.25,"z":-1e-3,"visibility":\#(visibility),"name":"\#(name)"}"#
  }

  /// A valid body whose element `index` is replaced.
  static func body(_ index: Int? = nil, _ replacement: String = "") -> [UInt8] {
    var elements = Landmark.allCases.map { keypoint($0.name) }
    if let index { elements[index] = replacement }
    return Array(#"{"keypoints":[\#(elements.joined(separator: ","))]}"#.utf8)
  }

  @Test("33 keypoints in any order come out in the landmarks' order")
  func order() throws {
    let elements = Landmark.allCases.reversed().map { Self.keypoint($0.name, x: "\($0.rawValue)") }
    let body = #"{"more":1,"keypoints":[\#(elements.joined(separator: ","))]}"#
    let keypoints = try KeypointsJSON.parse(body: Array(body.utf8))
    #expect(keypoints.map(\.x) == (0..<33).map(Float.init))
    #expect(keypoints[0] == Keypoint(x: 0, y: 0.25, z: -0.001, visibility: 1, presence: 0))
  }

  @Test("stored keypoints read back as they were written; what isn't the 33 is none")
  func stored() {
    let keypoints = (0..<33).map {
      Keypoint(x: Float($0) / 7, y: -0.1, z: 1e-7, visibility: Float($0) / 33, presence: 0)
    }
    #expect(KeypointsJSON.read(KeypointsJSON.bytes(of: keypoints)) == keypoints)
    for text in ["", "[]", "[1]", "{}", "null", #"[{"x":1,"y":1,"z":1,"visibility":1,"name":"nose"}]"#] {
      #expect(KeypointsJSON.read(Array(text.utf8)) == nil, "\(text)")
    }
  }

  struct Fault: Sendable {
    var body: [UInt8]
    var message: String

    init(_ body: [UInt8], _ message: String) { (self.body, self.message) = (body, message) }
    init(_ body: String, _ message: String) { self.init(Array(body.utf8), message) }
  }

  @Test(
    "the first fault is named",
    arguments: [
      Fault("", "The body is not well-formed JSON."),
      Fault("{", "The body is not well-formed JSON."),
      Fault("[]", "the body must be a JSON object"),
      Fault("{}", "keypoints is missing"),
      Fault(#"{"keypoints":{}}"#, "keypoints must be an array"),
      Fault(#"{"keypoints":[1]}"#, "keypoints must have 33 elements, not 1"),
      Fault(body(2, "7"), "keypoints[2] must be an object"),
      Fault(
        body(3, keypoint("third_eye", visibility: "1.01")), "keypoints[3].name must be one of the 33 landmark names"),
      Fault(body(3, keypoint("left_eye_outer", visibility: "1.01")), "keypoints[3].visibility must be between 0 and 1"),
      Fault(
        body(3, keypoint("left_eye_outer", visibility: "-0.01")), "keypoints[3].visibility must be between 0 and 1"),
      Fault(body(0, keypoint("nose", x: "\"1\"")), "keypoints[0].x must be a finite number"),
      Fault(body(0, keypoint("nose", x: "null")), "keypoints[0].x must be a finite number"),
      Fault(body(0, keypoint("nose", x: "true")), "keypoints[0].x must be a finite number"),
      Fault(body(0, keypoint("nose", x: "1e39")), "keypoints[0].x must be a finite number"),
      Fault(body(0, #"{"x":1,"y":1,"z":1,"name":"nose"}"#), "keypoints[0].visibility is missing"),
      Fault(body(0, #"{"x":1,"y":1,"z":1,"visibility":1}"#), "keypoints[0].name is missing"),
      Fault(body(1, keypoint("nose")), "keypoints[1].name repeats \"nose\""),
      Fault(body(1, keypoint("NOSE")), "keypoints[1].name must be one of the 33 landmark names"),
    ])
  func faults(fault: Fault) {
    let error = #expect(throws: PoseVaultError.self) { try KeypointsJSON.parse(body: fault.body) }
    #expect(error?.code == .validationFailed)
    #expect(error?.message == fault.message)
  }

  @Test("numbers that JSON may not hold, and nesting without end, are refused")
  func hostile() {
    for body in [#"{"keypoints":[NaN]}"#, String(repeating: "[", count: 60_000), "{\"keypoints\":1e999}"] {
      #expect(throws: PoseVaultError.self) { try KeypointsJSON.parse(body: Array(body.utf8)) }
    }
  }
}
