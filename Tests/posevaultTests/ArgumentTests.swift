import Testing

@testable import posevault

@Suite("Arguments that are not UTF-8")
struct ArgumentTests {
  private static func arguments(_ texts: String...) -> [[UInt8]] {
    // a tilde stands for a byte that no UTF-8 has
    texts.map { $0.utf8.map { $0 == UInt8(ascii: "~") ? 0xFF : $0 } }
  }

  @Test(
    "are refused by name where a path is taken as text",
    arguments: [
      arguments("backup", "verify", "~.zip"), arguments("backup", "restore", "~.zip"),
      arguments("serve", "--env-file", "~.env"), arguments("extract", "--env-file", "~.env", "a.jpg"),
      arguments("extract", "--env-file=~.env", "a.jpg"), arguments("extract", "--overlay=~", "a.jpg"),
      arguments("import", "--failures", "~.tsv", "a.jpg"),
    ])
  func refused(arguments: [[UInt8]]) {
    #expect(ArgumentPaths.refusal(of: arguments)?.contains(#"\xFF"#) == true)
  }

  @Test(
    "are taken where a path is taken as bytes",
    arguments: [
      arguments("extract", "~.jpg"), arguments("extract", "--overlay", "~", "b~.jpg"), arguments("import", "~"),
      arguments("backup", "verify", "ü.zip"), [],
    ])
  func taken(arguments: [[UInt8]]) { #expect(ArgumentPaths.refusal(of: arguments) == nil) }
}
