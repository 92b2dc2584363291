import Foundation
import PoseCore
import Testing

@testable import posevault

@Suite("Which pictures are looked at")
struct PathFeedTests {
  /// A folder with these files, removed after `body`.
  private func withTree(
    _ names: [String], _ body: (_ folder: String) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "posevault-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for name in names {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: file)
    }
    try await body(folder.path)
  }

  /// The paths that come, below `folder`.
  private func fed(_ paths: [String], below folder: String = "") async throws -> [String] {
    let files = BlockingPool("files", threads: 1, maxWaiting: 10, waitLimit: .seconds(60))
    let feed = PathFeed(paths.map { FilePath($0) }, files: files)
    var found: [String] = []
    while let picture = try await feed.next() { found.append(picture.path.shown) }
    try await files.shutDown()
    return found.map { !folder.isEmpty && $0.hasPrefix(folder) ? String($0.dropFirst(folder.count + 1)) : $0 }
  }

  @Test("a folder is walked by name: pictures of any case, nothing hidden, no other files, no overlays of ours")
  func walk() async throws {
    let names = [
      "b.jpg", "a/z.PNG", "a/y.WebP", "c.txt", "noext", ".hidden.jpg", ".git/x.jpg", "B.jpeg", "a/b/c.jpg",
      "b.jpg.overlay.jpg", "jpg", "d.heic",
    ]
    try await withTree(names) { folder in
      let found = try await fed([folder], below: folder)
      #expect(found == ["B.jpeg", "a/b/c.jpg", "a/y.WebP", "a/z.PNG", "b.jpg", "d.heic"])
    }
  }

  @Test("what is named is always tried, in the order given, also twice or when it isn't there")
  func named() async throws {
    try await withTree(["notes.txt", "x/.h.jpg"]) { folder in
      let paths = ["\(folder)/notes.txt", "no/such.jpg", "\(folder)/x/.h.jpg", "\(folder)/notes.txt"]
      let found = try await fed(paths)
      #expect(found == paths)
    }
  }

  @Test("links in circles end")
  func links() async throws {
    try await withTree(["a/x.jpg", "b/y.jpg"]) { folder in
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/a/up", withDestinationPath: "..")
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/a/self", withDestinationPath: ".")
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/a/w.jpg", withDestinationPath: "x.jpg")
      try FileManager.default.createSymbolicLink(atPath: "\(folder)/a/lost.jpg", withDestinationPath: "nowhere")
      let found = try await fed([folder], below: folder)
      #expect(found == ["a/lost.jpg", "a/w.jpg", "a/x.jpg", "b/y.jpg"])
    }
  }

  @Test("names that are not UTF-8 keep their bytes from folder and list to the file, and are shown escaped")
  func bytes() async throws {
    try await withTree(["plain.jpg"]) { folder in
      let odd = FilePath(folder).child(Array("Mu".utf8) + [0xF1] + Array("oz".utf8))
      let picture = odd.child(Array("a".utf8) + [0xFF, 0xC3] + Array("\n.jpg".utf8))
      #expect(odd.withCString { mkdir($0, 0o755) } == 0)
      let file = picture.withCString { creat($0, 0o644) }
      #expect(file >= 0)
      #expect(write(file, "abc", 3) == 3)
      close(file)
      let files = BlockingPool("files", threads: 1, maxWaiting: 10, waitLimit: .seconds(60))
      let feed = PathFeed([FilePath(folder)], files: files)
      var found: [FilePath] = []
      while let picture = try await feed.next() { found.append(picture.path) }
      try await files.shutDown()
      #expect(found.first == picture && found.count == 2)
      #expect(try FileReader.read(picture, limit: 10) == Array("abc".utf8))
      #expect(picture.shown == folder + #"/Mu\xF1oz/a\xFF\xC3\x0A.jpg"#)
      #expect(picture.name.text == folder + #"/Mu\xF1oz/a\xFF\xC3"# + "\n.jpg" && picture.name.bytes == picture.bytes)
      #expect(found.last?.name.bytes == nil)
    }
  }

  @Test("arguments keep their bytes, also several that read the same once repaired")
  func arguments() {
    let arguments = ["import", "--failures", "a?"].map { Array($0.utf8) } + [[0x61, 0xFF], [0x61, 0xFE], [0x62]]
    let texts = arguments[3...].map { String(decoding: $0, as: UTF8.self) }
    #expect(ArgumentPaths.bytes(of: texts, among: arguments).map(\.bytes) == Array(arguments[3...]))
    #expect(ArgumentPaths.bytes(of: ["other"], among: arguments) == ["other"])
  }

  @Test("what is passed over in folders is counted, and what NAS devices leave is among it")
  func skipped() async throws {
    let names = [
      "a.jpg", "a.mpo", "@eaDir/a.jpg/SYNOPHOTO_THUMB_XL.jpg", "#recycle/b.jpg", "notes.txt", "x/.hidden.jpg",
      "x/__MACOSX/c.jpg", "x/@eaDir.jpg", "a.jpg.overlay.jpg", "Thumbs.db",
    ]
    try await withTree(names) { folder in
      let files = BlockingPool("files", threads: 1, maxWaiting: 10, waitLimit: .seconds(60))
      let feed = PathFeed([FilePath(folder)], files: files)
      var found: [String] = []
      while let picture = try await feed.next() { found.append(String(picture.path.shown.dropFirst(folder.count + 1))) }
      try await files.shutDown()
      #expect(found == ["a.jpg", "a.mpo", "x/@eaDir.jpg"])
      #expect(await feed.skipped == SkippedFiles(hidden: 1, litter: 3, overlays: 1, others: 2))
    }
  }

  @Test(
    "what others have written does nothing to a terminal",
    arguments: [
      ("a\u{1B}[2J\r\n.jpg", #"a\x1B[2J\x0D\x0A.jpg"#), ("\u{9B}31m", #"\u{9B}31m"#), ("\u{202E}gpj", #"\u{202E}gpj"#),
      ("ü 👩\u{200D}🔬 日本", "ü 👩\u{200D}🔬 日本"), ("\u{7F}\u{2028}", #"\x7F\u{2028}"#),
    ])
  func terminal(text: String, shown: String) {
    #expect(Terminal.line(text) == shown)
    #expect(Terminal.safe("one\n\ttwo\u{7}") == "one\n\ttwo\\x07")
  }

  @Test("a folder named with a slash keeps the user's spelling")
  func spelling() async throws {
    try await withTree(["x.jpg"]) { folder in
      let found = try await fed([folder + "/"])
      #expect(found == [folder + "/x.jpg"])
    }
  }

  @Test(
    "lines are cut wherever the pieces end",
    arguments: [
      (["a\nb\n"], ["a", "b"]), (["a\r\n\n", "b"], ["a", "b"]), (["a", "b", "\nc\n"], ["ab", "c"]), (["ö\n"], ["ö"]),
      ([], []), (["\n\n"], []),
    ])
  func lines(pieces: [String], expected: [String]) {
    var buffer = LineBuffer()
    var found: [String] = []
    for piece in pieces + [""] {
      buffer.append(Array(piece.utf8))
      while let line = buffer.next() { found.append(String(decoding: line, as: UTF8.self)) }
    }
    #expect(found == expected)
    #expect(buffer.hasEnded)
  }

  @Test("a line without end takes no memory, and is one path that leads nowhere; those behind it are read")
  func endlessLine() {
    var buffer = LineBuffer()
    var found: [[UInt8]] = []
    for piece in Array(repeating: [UInt8](repeating: 0x61, count: 65_536), count: 50) + [Array("\nb.jpg\n".utf8), []] {
      buffer.append(piece)
      while let line = buffer.next() { found.append(line) }
    }
    #expect(found == [[UInt8](repeating: 0x61, count: LineBuffer.longest), Array("b.jpg".utf8)])
    #expect(open(String(repeating: "a", count: LineBuffer.longest), O_RDONLY) == -1 && errno == ENAMETOOLONG)
  }

  @Test("a path with a zero byte, as find -print0 gives it, is refused, and no other file taken for it")
  func zero() async throws {
    try await withTree(["a.jpg", "b.jpg"]) { folder in
      let files = BlockingPool("files", threads: 1, maxWaiting: 10, waitLimit: .seconds(60))
      let feed = PathFeed([FilePath(bytes: Array("\(folder)/a.jpg".utf8) + [0] + Array("b.jpg".utf8))], files: files)
      #expect(try await feed.next()?.failure?.contains("zero byte") == true)
      #expect(try await feed.next() == nil)
      try await files.shutDown()
    }
  }
}
