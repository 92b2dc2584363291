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
    let feed = PathFeed(paths, files: files)
    var found: [String] = []
    while let picture = try await feed.next() { found.append(picture.path) }
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
      while let line = buffer.next() { found.append(line) }
    }
    #expect(found == expected)
    #expect(buffer.hasEnded)
  }
}
