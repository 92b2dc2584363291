import Access
import PoseCore
import Testing

@Suite("What keys look like")
struct KeyTests {
  @Test("a key is pv_ and 64 hexadecimal digits, and none is made twice")
  func shape() {
    let keys = (0..<1000).map { _ in KeyText.makeKey() }
    for key in keys { #expect(key.wholeMatch(of: /pv_[0-9a-f]{64}/) != nil && KeyText.isKey(key)) }
    #expect(Set(keys).count == 1000)
    // each digit's bits are random: in 64,000 digits each occurs some 4,000 times
    let digits = keys.joined().replacing("pv_", with: "")
    for digit in "0123456789abcdef" { #expect((3600...4400).contains(digits.count { $0 == digit })) }
  }

  @Test("what is no key is told apart", arguments: ["", "pv_", "pv_" + String(repeating: "g", count: 64), "PV_00"])
  func others(text: String) {
    #expect(!KeyText.isKey(text))
    #expect(!KeyText.isKey("pv_" + String(repeating: "A", count: 64)))
    #expect(!KeyText.isKey("pv_" + String(repeating: "0", count: 65)))
    #expect(!KeyText.isKey("xx_" + String(repeating: "0", count: 64)))
  }

  @Test("its digest is SHA-256")
  func digest() {
    // FIPS 180-4's example
    #expect(KeyText.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
