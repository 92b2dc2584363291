import Foundation
import Testing

@testable import posevault

@Suite("Tars")
struct TarReaderTests {
  /// What GNU tar makes of these files.
  private func archive(_ files: [(name: String, content: Data)], form: String) throws -> [UInt8] {
    let folder = FileManager.default.temporaryDirectory.appending(path: "posevault-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, content) in files {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try content.write(to: file)
    }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      ["tar", "--format=\(form)", "-cf", folder.path + ".tar", "-C", folder.path] + files.map(\.name)
    defer { try? FileManager.default.removeItem(atPath: folder.path + ".tar") }
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try Array(Data(contentsOf: URL(filePath: folder.path + ".tar")))
  }

  /// Names and contents of what comes of `bytes` in pieces of `length`.
  private func read(_ bytes: [UInt8], length: Int) throws -> [(name: String, content: Data)] {
    var reader = TarReader()
    var found: [(name: String, content: Data)] = []
    var rest = bytes[...]
    while true {
      switch try reader.next() {
      case nil:
        reader.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
      case .member(let member): found.append((member.name.shown, Data()))
      case .content(let piece): found[found.count - 1].content += piece
      case .memberEnd: continue
      case .end: return found
      }
    }
  }

  private static let files: [(name: String, content: Data)] = [
    ("a.jpg", Data(repeating: 7, count: 511)), ("empty.jpg", Data()), ("full.jpg", Data(repeating: 8, count: 1024)),
    ("folder/ü.jpg", Data(repeating: 9, count: 513)),
  ]

  @Test(
    "are read the same wherever their pieces end", arguments: ["v7", "ustar", "oldgnu", "gnu", "posix"],
    [1, 7, 512, 513, 1 << 20])
  func pieces(form: String, length: Int) throws {
    let long = (name: String(repeating: "n", count: 120) + "/" + String(repeating: "m", count: 90), content: Data([1]))
    let files = Self.files + (form == "v7" ? [] : [long])
    let found = try read(try archive(files, form: form), length: length)
    #expect(found.map(\.name) == files.map(\.name))
    #expect(found.map(\.content) == files.map(\.content))
  }

  @Test("that end anywhere before their end mark are refused, whatever has come")
  func cut() throws {
    let whole = try archive(Self.files, form: "gnu")
    let end = 512 * (1 + 1 + 1 + 1 + 2 + 1 + 2)
    for length in stride(from: 0, through: end, by: 64) {
      #expect(throws: TarDamage.self) { try read(Array(whole[..<length]), length: 4096) }
    }
    // one block of zeros is mark enough
    #expect(try read(Array(whole[..<(end + 512)]), length: 4096).count == Self.files.count)
  }

  @Test("with any single bit of a header changed give an error or the same members, and never others")
  func bits() throws {
    let whole = try archive(Array(Self.files.prefix(1)), form: "ustar")
    for bit in 0..<(512 * 8) {
      var changed = whole
      changed[bit / 8] ^= 1 << (bit % 8)
      let found = try? read(changed, length: 4096)
      #expect(found == nil || found?.map(\.name) == ["a.jpg"])
    }
  }

  /// A header as the standard has it, of a member of this kind and size.
  private func header(_ kind: Character, name: String, size: Int) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at place: Int) {
      block.replaceSubrange(place..<(place + text.utf8.count), with: text.utf8)
    }
    let octal = String(size, radix: 8)
    put(name, at: 0)
    put(String(repeating: "0", count: 11 - octal.count) + octal, at: 124)
    put(String(repeating: " ", count: 8), at: 148)
    put(String(kind), at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
    put(String(repeating: "0", count: 6 - sum.count) + sum + "\0", at: 148)
    return block
  }

  @Test("with a name or records of more than 1 MB are refused before those are read", arguments: ["L", "x", "g"])
  func extras(kind: String) {
    let bytes = header(Character(kind), name: "x", size: (1 << 20) + 1)
    #expect(throws: TarDamage.self) { try read(bytes, length: 512) }
  }

  @Test(
    "with records that can't be read are refused",
    arguments: [
      "8 path=a\n", "99999999999999999999 path=a\n", "10 path=a", "x path=a\n", "10 size=-\n", "9 path\n\n\n",
    ])
  func records(text: String) {
    let content = Array(text.utf8) + [UInt8](repeating: 0, count: 512 - text.utf8.count)
    let bytes =
      header("x", name: "x", size: text.utf8.count) + content + header("0", name: "a.jpg", size: 0)
      + [UInt8](repeating: 0, count: 1024)
    #expect(throws: TarDamage.self) { try read(bytes, length: 512) }
  }
}
