import Foundation
import Glibc
import PoseCore
import Synchronization
import Testing

@testable import Decoding

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()
private let helper = root.appending(path: ".build/decode/posevault-decode").path

private func fixture(_ name: String) throws -> [UInt8] {
  Array(try Data(contentsOf: root.appending(path: "Tests/Fixtures/decode/\(name)")))
}

private let limits = DecoderLimits(
  bytes: 1 << 24, pixels: 1_000_000, memory: 256 << 20, cpuSeconds: 20, wallSeconds: 60, frames: 100, clipSeconds: 10)

private func threads() -> BlockingPool {
  BlockingPool("pictures", threads: 2, maxWaiting: 4, waitLimit: .seconds(60))
}

private func clips() -> HelperClips {
  HelperClips(DecoderProgram(path: helper), limits: limits, threads: threads())
}

private struct Picture: Sendable, Equatable {
  let width: Int
  let height: Int
  let pixels: [UInt8]
}

private func readDeclaration(of bytes: [UInt8], program: String = helper) async throws -> DeclaredPicture {
  let pictures = HelperPictures(DecoderProgram(path: program), kinds: [.heic, .avif], seconds: 60)
  return try await threads().run { stop in
    try bytes.withUnsafeBytes { try pictures.declaration(of: $0, stop: stop) }
  }
}

/// - Parameter declared: what the file is taken to declare; nil for what it does.
private func decode(
  _ bytes: [UInt8], declared: DeclaredPicture? = nil, program: String = helper, seconds: Int = 60
) async throws -> Picture {
  let pictures = HelperPictures(DecoderProgram(path: program), kinds: [.heic, .avif], seconds: seconds)
  return try await threads().run { stop in
    try bytes.withUnsafeBytes { file in
      let declared = try declared ?? pictures.declaration(of: file, stop: stop)
      var size = (width: 0, height: 0)
      let pixels = try [UInt8](unsafeUninitializedCapacity: 3 * declared.pixels) { buffer, count in
        size = try pictures.decode(file, declared: declared, stop: stop) { bytes in
          count = bytes
          return UnsafeMutableBufferPointer(rebasing: buffer[..<bytes])
        }
      }
      return Picture(width: size.width, height: size.height, pixels: pixels)
    }
  }
}

/// Of the fixture `turned.heic`.
private let turned = DeclaredPicture(width: 64, height: 96, storedWidth: 96, storedHeight: 64, decoderBytes: 1 << 20)

/// The greatest distance of two samples.
private func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
  one.count == other.count ? zip(one, other).map { abs(Int($0) - Int($1)) }.max() ?? 0 : .max
}

/// A program that behaves as a helper that was taken over, or hangs, would.
private func stranger(_ script: String) throws -> String {
  let path = FileManager.default.temporaryDirectory.appending(path: "stranger-\(UUID().uuidString)").path
  try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
  try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  return path
}

/// Each expected value comes from pillow-heif or PyAV: Tests/Helper/make_fixtures.py.
@Suite("Decoding by posevault-decode")
struct DecoderTests {
  @Test("a turned HEIC has pillow-heif's pixels within one level")
  func picture() async throws {
    let decoded = try await decode(fixture("turned.heic"))
    #expect(decoded.width == 64)
    #expect(decoded.height == 96)
    #expect(distance(decoded.pixels, try fixture("turned.rgb")) <= 1)
  }

  @Test("what a file declares is told without decoding it")
  func declaration() async throws {
    let file = try fixture("turned.heic")
    let declared = try await readDeclaration(of: file)
    #expect((declared.width, declared.height) == (64, 96))
    #expect((declared.storedWidth, declared.storedHeight) == (96, 64))
    // its pixels are not there
    let start = try #require(file.firstRange(of: Array("mdat".utf8))).upperBound
    #expect(
      try await readDeclaration(of: file[..<start] + [UInt8](repeating: 0, count: file.count - start)) == declared)
    #expect(declared.decoderBytes > file.count + 4 * 64 * 96)
  }

  @Test("a clip comes frame by frame, turned, at its own times")
  func clip() async throws {
    let path = root.appending(path: "Tests/Fixtures/decode/turned.mov").path
    let file = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    let seen = Mutex<(heads: [ClipHead], frames: [ClipFrame])>(([], []))
    let ending = try await clips().decode(
      file: file, head: { head in seen.withLock { $0.heads.append(head) } },
      frame: { frame in seen.withLock { $0.frames.append(frame) } })
    let (heads, frames) = seen.withLock { $0 }
    #expect(heads.map(\.width) == [64])
    #expect(heads.map(\.orientation) == [6])
    #expect(heads.map(\.codec) == ["h264"])
    // in 1/600 s
    #expect(frames.map { ($0.time * 600 + 500_000_000) / 1_000_000_000 } == [0, 9, 20, 29, 41, 50, 71])
    #expect(distance(try #require(frames.dropFirst(4).first).pixels, try fixture("turned-mov-4.rgb")) <= 1)
    #expect(ending == ClipEnding(given: 7, decoded: 7, damaged: 0, isCut: false, isPart: false))

    let part = try await clips().decode(
      file: file, selection: ClipSelection(every: 2, to: 60_000_000),
      frame: { frame in seen.withLock { $0.frames.append(frame) } })
    #expect(part.isPart)
    #expect(seen.withLock { $0.frames.suffix(2).map(\.index) } == [0, 2])
  }

  @Test("an error of whoever takes the frames ends the clip")
  func refusedFrame() async throws {
    struct Enough: Error {}
    let file = open(root.appending(path: "Tests/Fixtures/decode/turned.mov").path, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    await #expect(throws: Enough.self) { try await clips().decode(file: file) { _ in throw Enough() } }
  }

  @Test("what the helper refuses has a code and words of our own")
  func refusals() async throws {
    let heic = try fixture("turned.heic")
    var small = turned
    small.width = 63
    small.storedWidth = 95
    var poor = turned
    poor.decoderBytes = -(64 << 20) + 1
    for (bytes, declared, code) in [
      (Array("no picture at all".utf8), turned, PoseVaultError.Code.unsupportedImage),
      (Array(heic.prefix(heic.count / 2)), turned, .corruptImage), (heic, small, .imageTooLarge),
      (heic, poor, .imageTooLarge),
    ] {
      let error = await #expect(throws: PoseVaultError.self) { try await decode(bytes, declared: declared) }
      #expect(error?.code == code)
      #expect(error?.message.hasPrefix("This picture ") == true)
    }
  }

  @Test("the helper says what it decodes; what is none says nothing")
  func kinds() async throws {
    for (path, kinds) in [
      (helper, Set(DecoderProgram.Kind.allCases)), ("/bin/false", []), ("/usr/bin/yes", []),
    ] {
      #expect(try await threads().run { try DecoderProgram(path: path).kinds() } == kinds)
    }
    await #expect(throws: PoseVaultError.self) {
      try await threads().run { try DecoderProgram(path: "/nowhere/posevault-decode").kinds() }
    }
    #expect(HelperPictures(DecoderProgram(path: helper), kinds: [.avif, .clip]).formats == [.avif])
  }

  @Test("the helper is found in the folder where this checkout builds it")
  func place() {
    #expect(DecoderProgram.locate() == DecoderProgram(path: helper))
  }

  @Test("a helper that can't be started, crashes, babbles or is of another version is told apart")
  func strangers() async throws {
    let fails = "\\106\\101\\111\\114\\013\\0\\0\\0\\007\\0\\0\\0/etc/pw"
    for (script, code, words) in [
      ("kill -SEGV $$", PoseVaultError.Code.corruptImage, "can't be decoded"),
      ("exit 0", .internal, "without an answer"),
      ("exit 2", .internal, "another version"), ("kill -XCPU $$", .corruptImage, "too long"),
      ("exec yes", .internal, "no proper answer"), ("printf '\(fails)'", .fileSystem, "This picture can't be read."),
    ] {
      let program = try stranger(script)
      defer { unlink(program) }
      let error = await #expect(throws: PoseVaultError.self) {
        try await decode([1], declared: turned, program: program)
      }
      #expect(error?.code == code, "\(script)")
      #expect(error?.message.contains(words) == true, "\(script): \(error?.message ?? "")")
      #expect(error?.message.contains("/etc/pw") == false)
    }
    let missing = await #expect(throws: PoseVaultError.self) {
      try await decode([1], declared: turned, program: "/nowhere")
    }
    #expect(missing?.code == .fileSystem)
  }

  @Test("a helper that hangs is killed when its time is over, and nothing is left of it")
  func hanging() async throws {
    // in place of the shell, so that its number stays
    let note = FileManager.default.temporaryDirectory.appending(path: "hanging-\(UUID().uuidString)").path
    let program = try stranger("echo $$ > \(note)\nexec sleep 1000")
    defer { unlink(program) }
    defer { unlink(note) }
    let error = await #expect(throws: PoseVaultError.self) {
      try await decode([1], declared: turned, program: program, seconds: 1)
    }
    #expect(error?.code == .corruptImage)
    let number = try #require(pid_t(String(contentsOfFile: note, encoding: .utf8).trimmingCharacters(in: .newlines)))
    #expect(kill(number, 0) == -1)
    #expect(errno == ESRCH)
  }

  @Test("a caller that gives up does not wait for a helper that hangs")
  func cancellation() async throws {
    let note = FileManager.default.temporaryDirectory.appending(path: "begun-\(UUID().uuidString)").path
    let program = try stranger("echo begun > \(note)\nexec sleep 1000")
    defer { unlink(program) }
    defer { unlink(note) }
    let task = Task { try await decode([1], declared: turned, program: program) }
    while access(note, F_OK) != 0 { try await Task.sleep(for: .milliseconds(10)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test("the helper gets no environment")
  func environment() async throws {
    let note = FileManager.default.temporaryDirectory.appending(path: "inherited-\(UUID().uuidString)").path
    let program = try stranger("cat /proc/$$/environ > \(note)")
    defer { unlink(program) }
    defer { unlink(note) }
    _ = try? await decode([1], declared: turned, program: program)
    #expect(try String(contentsOfFile: note, encoding: .utf8) == "")
  }

  @Test("a picture larger than any buffer between the two processes arrives whole")
  func largePicture() async throws {
    // a box of 8,000,000 bytes that holds nothing
    let padded =
      try fixture("turned.heic") + [0, 0x7A, 0x12, 0] + Array("free".utf8) + [UInt8](repeating: 7, count: 7_999_992)
    #expect(try await decode(padded) == decode(fixture("turned.heic")))
  }
}
