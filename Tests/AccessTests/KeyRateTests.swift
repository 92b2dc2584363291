import Access
import PoseCore
import Testing

@Suite("The rate of a key")
struct KeyRateTests {
  private let start = ContinuousClock.now

  @Test("each key has its own, which comes back over a minute; without a key there is none")
  func perKey() throws {
    let rate = KeyRate("uploads", perMinute: 3)
    let one = Caller(proof: .key(1), role: .uploader)
    let two = Caller(proof: .key(2), role: .uploader)
    for _ in 0..<3 { try rate.take(one, at: start) }
    let refusal = #expect(throws: PoseVaultError.self) { try rate.take(one, at: start) }
    #expect(refusal?.code == .tooManyRequests && refusal?.details["retryAfter"] == "21")
    try rate.take(two, at: start)
    try rate.take(Caller(proof: .setting, role: .owner), at: start)
    // also where the same key comes by a session
    let signedIn = Caller(proof: .key(1), session: 7, role: .uploader)
    #expect(throws: PoseVaultError.self) { try rate.take(signedIn, at: start + .seconds(19)) }
    try rate.take(signedIn, at: start + .seconds(20))
    #expect(throws: PoseVaultError.self) { try rate.take(one, at: start + .seconds(20)) }
    for _ in 0..<10 { try rate.take(Caller(proof: .nothing, role: .owner), at: start) }
  }

  @Test("0 is no limit")
  func none() throws {
    let rate = KeyRate("exports", perMinute: 0)
    for _ in 0..<100 { try rate.take(Caller(proof: .setting, role: .owner), at: start) }
  }
}
