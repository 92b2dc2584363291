import PoseCore
import Testing

@Suite("What is kept of a file's name")
struct PoseDetailsTests {
  @Test("is its end, as long as MySQL's index allows, counted as MySQL counts: in code points")
  func length() {
    for letter in ["a", "日", "😀", "e\u{301}"] {
      let name = "begin " + String(repeating: letter, count: 1000)
      let kept = PoseDetails(fileName: name).fileName ?? ""
      #expect(kept.unicodeScalars.count == 768)
      #expect(name.unicodeScalars.suffix(768).elementsEqual(kept.unicodeScalars))
    }
    #expect(PoseDetails(fileName: "a.jpg").fileName == "a.jpg")
  }
}
