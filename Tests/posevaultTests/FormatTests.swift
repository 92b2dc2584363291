import Foundation
import PoseCore
import Testing

@testable import posevault

@Suite("Forms of output")
struct FormatTests {
  @Test("jsonl has the contract's keys in its order, one line per picture")
  func jsonLines() throws {
    let lines = Sample.text(
      .jsonl, [Sample.outcome("a.jpg", [Sample.pose()]), Sample.failed, Sample.outcome("c.png", [])]
    )
    .split(separator: "\n")
    #expect(lines.count == 3)
    let start = """
      {"file":"a.jpg","width":640,"height":320,"poses":[{"score":0.75,\
      "box":{"x":0.0,"y":0.5,"width":0.5,"height":0.0},\
      "keypoints":[{"x":0.0,"y":0.5,"z":-0.25,"visibility":1.0,"presence":0.5,"name":"nose"},\
      {"x":0.015625,"y":0.5,"z":-0.25,"visibility":1.0,"presence":0.5,"name":"left_eye_inner"},
      """
    #expect(lines[0].hasPrefix(start))
    let end = """
      {"x":0.0,"y":-0.5,"z":0.125,"visibility":1.0,"presence":0.5,"name":"right_foot_index"}]}]}
      """
    #expect(lines[0].hasSuffix(end))
    #expect(lines[0].matches(of: /"name":/).count == 66)
    #expect(
      lines[1] == #"{"file":"b.jpg","error":{"code":"UNSUPPORTED_IMAGE","message":"This is \"not\" a picture."}}"#)
    #expect(lines[2] == #"{"file":"c.png","width":640,"height":320,"poses":[]}"#)
  }

  @Test("a name that is not UTF-8 is escaped, and its bytes are beside it in base64")
  func oddName() {
    let name = FilePath(bytes: Array("Mu".utf8) + [0xF1] + Array("oz/a.jpg".utf8))
    let failed = PictureOutcome(file: name, .failure(PoseVaultError(.fileSystem, "x")))
    #expect(
      Sample.text(.jsonl, [Sample.outcome(name, []), failed])
        == #"{"file":"Mu\\xF1oz/a.jpg","fileBytes":"TXXxb3ovYS5qcGc=","width":640,"height":320,"poses":[]}"# + "\n"
        + #"{"file":"Mu\\xF1oz/a.jpg","fileBytes":"TXXxb3ovYS5qcGc=","error":{"code":"FILE_SYSTEM","message":"x"}}"#
        + "\n")
    #expect(Sample.text(.csv, [Sample.outcome(name, [Sample.pose()])]).contains("\nMu\\xF1oz/a.jpg,640,"))
  }

  @Test(
    "no file's name is a formula in a spreadsheet, as OWASP advises",
    arguments: ["=1+1.jpg", "+a.jpg", "-a.jpg", "@a.jpg", "\ta.jpg", "\ra.jpg", "＝a.jpg"])
  func formulas(name: String) {
    let row = Sample.text(.csv, [Sample.outcome(FilePath(name), [Sample.pose()])]).split(separator: "\n", maxSplits: 1)[
      1]
    #expect(row.hasPrefix("\"'\(name)\",640,320,1,"))
  }

  @Test("json is one array of the same objects, also of none", arguments: 0...3)
  func jsonArray(count: Int) throws {
    let outcomes = Array(
      [Sample.outcome("a.jpg", [Sample.pose()]), Sample.failed, Sample.outcome("a.jpg", [])].prefix(count))
    let array = try JSONSerialization.jsonObject(with: Data(Sample.text(.json, outcomes).utf8)) as? [NSDictionary]
    let lines = try Sample.text(.jsonl, outcomes).split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? NSDictionary
    }
    #expect(array == lines)
  }

  @Test("csv has a row per person, as many fields as its head, and quotes as RFC 4180 says")
  func csv() throws {
    let text = Sample.text(
      .csv,
      [
        Sample.outcome("a.jpg", [Sample.pose(score: 0.875), Sample.pose()]), Sample.failed,
        Sample.outcome("none.jpg", []),
        Sample.outcome("a \"b\", c.jpg", [Sample.pose()]),
      ])
    let rows = text.split(separator: "\n")
    #expect(rows.count == 4)
    let head =
      "file,width,height,person,score,box_x,box_y,box_width,box_height,nose_x,nose_y,nose_z,nose_visibility,"
      + "nose_presence,left_eye_inner_x,"
    #expect(rows[0].hasPrefix(head))
    #expect(rows[0].split(separator: ",").count == 9 + 33 * 5)
    #expect(rows[1].hasPrefix("a.jpg,640,320,1,0.875,0.0,0.5,0.5,0.0,0.0,0.5,-0.25,1.0,0.5,0.015625,"))
    #expect(rows[1].split(separator: ",").count == 9 + 33 * 5)
    #expect(rows[2].hasPrefix("a.jpg,640,320,2,0.75,"))
    #expect(rows[3].hasPrefix("\"a \"\"b\"\", c.jpg\",640,320,1,"))
  }
}
