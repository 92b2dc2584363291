import PoseCore
import Testing

@Suite("An image id is an ObjectId")
struct ImageIDTests {
  /// MongoDB's manual gives this id and its time, 2012-10-17T21:13:27Z.
  @Test("its text is read in either case, written in lower case, and tells when it was made")
  func text() throws {
    let id = try #require(ImageID("507f1f77bcf86cd799439011"))
    #expect(id.description == "507f1f77bcf86cd799439011")
    #expect(id.seconds == 1_350_508_407)
    #expect(ImageID("507F1F77BCF86CD799439011") == id)
    #expect(ImageID("507f1f77bcf86cd799439011".dropLast(0)) == id)
    #expect(ImageID("000000000000000000000000")?.description == "000000000000000000000000")
    #expect(ImageID("ffffffffffffffffffffffff")?.description == "ffffffffffffffffffffffff")
  }

  @Test(
    "any other text is none",
    arguments: [
      "", "507f1f77bcf86cd79943901", "507f1f77bcf86cd7994390111", "507f1f77bcf86cd79943901g",
      " 07f1f77bcf86cd799439011",
      "+07f1f77bcf86cd799439011", "507f1f77bcf86cd7994390１", "507f1f77bcf86cd79943901\0", "not an image id",
    ])
  func malformed(text: String) {
    #expect(ImageID(text) == nil)
  }

  @Test("ids are all different, carry their time, and read back")
  func generation() {
    let ids = (0..<50_000).map { _ in ImageID.generate(at: 1_765_362_600) }
    #expect(Set(ids).count == ids.count)
    #expect(ids.allSatisfy { $0.seconds == 1_765_362_600 && ImageID($0.description) == $0 })
  }

  @Test("their order is their text's")
  func order() {
    let ids = (0..<1000).map { _ in ImageID.generate(at: .random(in: 0...4_294_967_295)) }
    #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
  }

  @Test("the last two digits, which picture files are spread by, take all values")
  func spread() {
    let endings = Set((0..<256).map { _ in ImageID.generate(at: 1).description.suffix(2) })
    #expect(endings.count == 256)
  }
}
