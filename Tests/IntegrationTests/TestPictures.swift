import Foundation
import Testing

/// Pictures of people, which set-up fetches.
enum TestPictures {
  static func path(_ name: String) -> String {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.runtime/test-pictures/" + name)
      .standardizedFileURL.path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    let path = path(name)
    return Array(try #require(FileManager.default.contents(atPath: path), "\(path) is missing; `make test` fetches it"))
  }

  /// A JPEG of a person like no other: its number, and up to half a megabyte more, stands in comments in it.
  static func distinct(_ number: Int) throws -> [UInt8] {
    let original = try bytes(number % 2 == 0 ? "grace_hopper.jpg" : "bus.jpg")
    var comments: [UInt8] = []
    for part in 0...(number % 9) {
      let text = Array(repeating: "picture \(number), comment \(part). ", count: 1 + number * 37 % 2000).joined().utf8
      // T.81, B.2.4.5: a COM segment is a marker, a length that counts its own two bytes, and any bytes
      comments += [0xFF, 0xFE, UInt8((text.count + 2) >> 8), UInt8((text.count + 2) & 255)] + text
    }
    return original[..<2] + comments + original[2...]
  }
}
