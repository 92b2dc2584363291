import EmbeddedStorage
import Foundation
import PoseCore
import Testing

@testable import Access

private let now: Int64 = 1_765_362_600

/// A storage of its own, and a ring on it.
private struct Case {
  let storage: EmbeddedStorage
  let ring: KeyRing

  var access: any AccessKeys { storage.access }

  func add(_ role: AccessRole, endsAt: Int64? = nil, hasOtherOwner: Bool = false) async throws -> (
    key: AccessKey, text: String
  ) {
    let text = KeyText.makeKey()
    let key = try await access.addKey(
      NewAccessKey(name: "a", role: role, sha256: KeyText.digest(text), createdAt: now, endsAt: endsAt),
      hasOtherOwner: hasOtherOwner)
    ring.forget()
    return (key, text)
  }

  /// Opens a session as the server does.
  func signIn(key: Int?, apiKey: String? = nil, endsAt: Int64 = now + 1000) async throws -> (id: Int, text: String) {
    let text = KeyText.makeSession()
    let session = try await access.addSession(
      AccessSession(
        id: 0, sha256: KeyText.digest(text), key: key, binding: apiKey.map { KeyText.binding(of: text, to: $0) },
        createdAt: now, endsAt: endsAt, lastUsedAt: now, lastUsedFrom: nil))
    ring.forget()
    return (session.id, text)
  }

  func admission(_ shown: Credential..., at time: Int64 = now) async -> Admission {
    await ring.admission(of: shown, at: time)
  }
}

private func withCase(
  apiKey: String? = nil, isLoopback: Bool = true, allowsAnonymous: Bool = false, sessionRest: Int64? = nil,
  _ body: (Case) async throws -> Void
) async throws {
  let folder = FileManager.default.temporaryDirectory.path + "/posevault-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let storage = try await EmbeddedStorage.open(folder, role: .server)
  let rules = KeyRing.Rules(
    apiKey: apiKey, isLoopback: isLoopback, allowsAnonymous: allowsAnonymous, sessionRest: sessionRest)
  try await body(Case(storage: storage, ring: KeyRing(rules, storage.access)))
  try await storage.close()
}

private let everybody = Admission.admitted(Caller(proof: .nothing, role: .owner), isCertain: true)

@Suite("Who gets in")
struct KeyRingTests {
  @Test("before the first key, everybody on this machine does, and nobody elsewhere, unless ALLOW_ANONYMOUS is true")
  func atFirst() async throws {
    try await withCase { #expect(await $0.admission() == everybody) }
    try await withCase(isLoopback: false) { #expect(await $0.admission() == .refused(.notSetUp)) }
    try await withCase(isLoopback: false, allowsAnonymous: true) { #expect(await $0.admission() == everybody) }
  }

  @Test("a key opens what its role says; without one, or with a wrong one, nobody gets in")
  func keys() async throws {
    try await withCase { ring in
      let owner = try await ring.add(.owner)
      let viewer = try await ring.add(.viewer)
      #expect(
        await ring.admission(.key(owner.text))
          == .admitted(Caller(proof: .key(owner.key.id), role: .owner), isCertain: true))
      let admitted = Admission.admitted(Caller(proof: .key(viewer.key.id), role: .viewer), isCertain: true)
      #expect(await ring.admission(.key(viewer.text)) == admitted)
      #expect(await ring.admission() == .refused(.missing))
      #expect(await ring.admission(.key(KeyText.makeKey())) == .refused(.wrong))
      // neither what is stored nor a part of the key opens anything
      #expect(await ring.admission(.key(viewer.key.sha256)) == .refused(.wrong))
      #expect(await ring.admission(.key(String(viewer.text.dropLast()))) == .refused(.wrong))
      // a right one beside a wrong one is enough
      #expect(await ring.admission(.key("x"), .key(viewer.text)) == admitted)
    }
  }

  @Test("API_KEY is an owner's, whatever the storage says")
  func apiKey() async throws {
    try await withCase(apiKey: "s3cret") { ring in
      let owner = Admission.admitted(Caller(proof: .setting, role: .owner), isCertain: true)
      #expect(await ring.admission(.key("s3cret")) == owner)
      #expect(await ring.admission(.key("s3creT")) == .refused(.wrong))
      #expect(await ring.admission(.key("s3creT"), .session("x")) == .refused(.wrong))
      #expect(await ring.admission() == .refused(.missing))
      let viewer = try await ring.add(.viewer, hasOtherOwner: true)
      #expect(
        await ring.admission(.key(viewer.text))
          == .admitted(Caller(proof: .key(viewer.key.id), role: .viewer), isCertain: true))
      try await ring.storage.close()
      #expect(await ring.admission(.key("s3cret")) == owner)
    }
  }

  @Test("a revoked key opens nothing, and its sessions neither")
  func revoked() async throws {
    try await withCase { ring in
      _ = try await ring.add(.owner)
      let viewer = try await ring.add(.viewer)
      let session = try await ring.signIn(key: viewer.key.id)
      #expect(
        await ring.admission(.session(session.text))
          == .admitted(Caller(proof: .key(viewer.key.id), session: session.id, role: .viewer), isCertain: true))
      _ = try await ring.access.revokeKey(viewer.key.id, at: now, hasOtherOwner: false)
      // another server has done that: nothing tells this one
      try await Task.sleep(for: KeyRing.age)
      #expect(await ring.admission(.key(viewer.text)) == .refused(.revoked))
      #expect(await ring.admission(.session(session.text)) == .refused(.noSession))
    }
  }

  @Test("a key opens nothing from its end on, nor do its sessions")
  func ended() async throws {
    try await withCase { ring in
      _ = try await ring.add(.owner)
      let viewer = try await ring.add(.viewer, endsAt: now + 10)
      let session = try await ring.signIn(key: viewer.key.id)
      for credential in [Credential.key(viewer.text), .session(session.text)] {
        guard case .admitted = await ring.admission(credential, at: now + 9) else {
          Issue.record("refused before its end")
          continue
        }
      }
      #expect(await ring.admission(.key(viewer.text), at: now + 10) == .refused(.ended))
      #expect(await ring.admission(.session(session.text), at: now + 10) == .refused(.noSession))
    }
  }

  @Test("once a key was made nobody gets in without one, also when none opens anything any more")
  func neverReopens() async throws {
    for allowsAnonymous in [false, true] {
      try await withCase(allowsAnonymous: allowsAnonymous) { ring in
        _ = try await ring.add(.owner, endsAt: now + 10)
        #expect(await ring.admission() == .refused(.missing))
        // ALLOW_ANONYMOUS says so
        #expect(await ring.admission(at: now + 10) == (allowsAnonymous ? everybody : .refused(.missing)))
      }
    }
    try await withCase { ring in
      try await ring.access.closeAccess()
      ring.ring.forget()
      #expect(await ring.admission() == .refused(.missing))
    }
  }

  @Test("where the storage has never answered nobody gets in; where it has gone silent, what is known is not certain")
  func unknown() async throws {
    try await withCase { ring in
      try await ring.storage.close()
      #expect(await ring.admission() == .undecided)
      #expect(await ring.admission(.key("x")) == .undecided)
    }
    try await withCase { ring in
      let owner = try await ring.add(.owner)
      _ = await ring.admission()
      try await ring.storage.close()
      ring.ring.forget()
      #expect(
        await ring.admission(.key(owner.text))
          == .admitted(Caller(proof: .key(owner.key.id), role: .owner), isCertain: false))
      #expect(await ring.admission() == .refused(.missing))
    }
  }

  @Test("a session of API_KEY ends when that is changed, and opens nothing by what is stored")
  func bound() async throws {
    try await withCase(apiKey: "one") { ring in
      let session = try await ring.signIn(key: nil, apiKey: "one")
      #expect(
        await ring.admission(.session(session.text))
          == .admitted(Caller(proof: .setting, session: session.id, role: .owner), isCertain: true))
      #expect(await ring.admission(.session(KeyText.digest(session.text))) == .refused(.noSession))
      #expect(await ring.admission(.key(session.text)) == .refused(.wrong))
      for other in ["two", nil] {
        let changed = KeyRing(KeyRing.Rules(apiKey: other, isLoopback: false, allowsAnonymous: false), ring.access)
        #expect(await changed.admission(of: [.session(session.text)], at: now) == .refused(.noSession))
      }
    }
  }

  @Test("a session ends at its time, and after its rest where that is set; a request begins the rest anew")
  func rest() async throws {
    try await withCase(sessionRest: 100) { ring in
      let owner = try await ring.add(.owner)
      let session = try await ring.signIn(key: owner.key.id, endsAt: now + 300)
      let caller = Caller(proof: .key(owner.key.id), session: session.id, role: .owner)
      let admitted = Admission.admitted(caller, isCertain: true)
      #expect(await ring.admission(.session(session.text), at: now + 99) == admitted)
      #expect(await ring.admission(.session(session.text), at: now + 100) == .refused(.noSession))
      ring.ring.noteUse(by: caller, at: now + 99, from: "192.0.2.1")
      #expect(await ring.admission(.session(session.text), at: now + 198) == admitted)
      try await ring.ring.storeUses()
      // what was stored counts for every server
      let other = KeyRing(
        KeyRing.Rules(apiKey: nil, isLoopback: true, allowsAnonymous: false, sessionRest: 100), ring.access)
      #expect(await other.admission(of: [.session(session.text)], at: now + 198) == admitted)
      #expect(await other.admission(of: [.session(session.text)], at: now + 199) == .refused(.noSession))
      ring.ring.noteUse(by: caller, at: now + 290, from: nil)
      #expect(await ring.admission(.session(session.text), at: now + 300) == .refused(.noSession))
    }
  }

  @Test("a session that was used counts as used once that is stored, here and where another server has noted it")
  func restOfStoredUse() async throws {
    try await withCase(sessionRest: 100) { ring in
      let owner = try await ring.add(.owner)
      let session = try await ring.signIn(key: owner.key.id, endsAt: now + 1000)
      let caller = Caller(proof: .key(owner.key.id), session: session.id, role: .owner)
      let admitted = Admission.admitted(caller, isCertain: true)
      let other = KeyRing(ring.ring.rules, ring.access)
      for known in [ring.ring, other] {
        #expect(await known.admission(of: [.session(session.text)], at: now) == admitted)
      }
      ring.ring.noteUse(by: caller, at: now + 90, from: nil)
      try await ring.ring.storeUses()
      // what was read before that is older than a second, and far from being read as a whole
      try await Task.sleep(for: KeyRing.age)
      for known in [ring.ring, other] {
        #expect(await known.admission(of: [.session(session.text)], at: now + 150) == admitted)
        #expect(await known.admission(of: [.session(session.text)], at: now + 190) == .refused(.noSession))
      }
    }
  }

  @Test("when and from where a key was used is shown at once, stored when told to, and kept where that fails")
  func uses() async throws {
    try await withCase { ring in
      let owner = try await ring.add(.owner)
      ring.ring.noteUse(by: Caller(proof: .key(owner.key.id), role: .owner), at: now + 5, from: "2001:db8::1")
      #expect(try await ring.ring.wholeState().keys.first?.lastUsedFrom == "2001:db8::1")
      #expect(try await ring.access.accessState(since: nil)?.keys.first?.lastUsedAt == nil)
      try await ring.ring.storeUses()
      #expect(try await ring.access.accessState(since: nil)?.keys.first?.lastUsedAt == now + 5)
      ring.ring.noteUse(by: Caller(proof: .key(owner.key.id), role: .owner), at: now + 9, from: nil)
      try await ring.storage.close()
      for _ in 0..<2 { await #expect(throws: PoseVaultError.self) { try await ring.ring.storeUses() } }
    }
  }
}
