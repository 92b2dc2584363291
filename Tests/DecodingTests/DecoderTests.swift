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

private func decoder(program: String = helper, limits: DecoderLimits = limits) -> Decoder {
  let threads = BlockingPool("pictures", threads: 2, maxWaiting: 4, waitLimit: .seconds(60))
  return Decoder(program: program, limits: limits, threads: threads)
}

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
    let decoded = try await decoder().picture(fixture("turned.heic"))
    #expect(decoded.width == 64)
    #expect(decoded.height == 96)
    #expect(decoded.format == .heic)
    #expect(distance(decoded.pixels, try fixture("turned.rgb")) <= 1)
  }

  @Test("a clip comes frame by frame, turned, at its own times")
  func clip() async throws {
    let path = root.appending(path: "Tests/Fixtures/decode/turned.mov").path
    let file = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    let seen = Mutex<(heads: [ClipHead], frames: [ClipFrame])>(([], []))
    let ending = try await decoder().clip(
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

    let part = try await decoder().clip(
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
    await #expect(throws: Enough.self) { try await decoder().clip(file: file) { _ in throw Enough() } }
  }

  @Test("what the helper refuses has a code and words of our own")
  func refusals() async throws {
    let heic = try fixture("turned.heic")
    var small = limits
    small.pixels = 96 * 64 - 1
    var short = limits
    short.bytes = heic.count - 1
    for (bytes, limits, code) in [
      (Array("no picture at all".utf8), limits, PoseVaultError.Code.unsupportedImage),
      (Array(heic.prefix(heic.count / 2)), limits, .corruptImage), (heic, small, .imageTooLarge),
      (heic, short, .imageTooLarge),
    ] {
      let error = await #expect(throws: PoseVaultError.self) { try await decoder(limits: limits).picture(bytes) }
      #expect(error?.code == code)
      #expect(error?.message.hasPrefix("This picture ") == true)
    }
  }

  @Test("the helper says what it decodes; one that is missing decodes nothing")
  func kinds() async throws {
    #expect(try await decoder().kinds() == Set(Decoder.Kind.allCases))
    #expect(try await decoder(program: "/nowhere/posevault-decode").kinds().isEmpty)
    #expect(try await decoder(program: "/bin/false").kinds().isEmpty)
    #expect(try await decoder(program: "/usr/bin/yes").kinds().isEmpty)
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
      let error = await #expect(throws: PoseVaultError.self) { try await decoder(program: program).picture([1]) }
      #expect(error?.code == code, "\(script)")
      #expect(error?.message.contains(words) == true, "\(script): \(error?.message ?? "")")
      #expect(error?.message.contains("/etc/pw") == false)
    }
    let missing = await #expect(throws: PoseVaultError.self) { try await decoder(program: "/nowhere").picture([1]) }
    #expect(missing?.code == .fileSystem)
  }

  @Test("a helper that hangs is killed when its time is over, and nothing is left of it")
  func hanging() async throws {
    var brief = limits
    brief.wallSeconds = 1
    // in place of the shell, so that its number stays
    let note = FileManager.default.temporaryDirectory.appending(path: "hanging-\(UUID().uuidString)").path
    let program = try stranger("echo $$ > \(note)\nexec sleep 1000")
    defer { unlink(program) }
    defer { unlink(note) }
    let error = await #expect(throws: PoseVaultError.self) {
      try await decoder(program: program, limits: brief).picture([1])
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
    let task = Task { try await decoder(program: program).picture([1]) }
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
    _ = try? await decoder(program: program).picture([1])
    #expect(try String(contentsOfFile: note, encoding: .utf8) == "")
  }

  @Test("a picture larger than any buffer between the two processes arrives whole")
  func largePicture() async throws {
    // a box of 8,000,000 bytes that holds nothing
    let padded =
      try fixture("turned.heic") + [0, 0x7A, 0x12, 0] + Array("free".utf8) + [UInt8](repeating: 7, count: 7_999_992)
    #expect(try await decoder().picture(padded).pixels == decoder().picture(fixture("turned.heic")).pixels)
  }
}
