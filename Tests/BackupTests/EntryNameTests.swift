import PoseCore
import Testing

@testable import Backup

@Suite("The names of entries")
struct EntryNameTests {
  @Test(
    "are those of the format, and read back as they are written",
    arguments: [
      "mysql/poses.sql", "mongodb/images.files.json", "mongodb/images.chunks.json", "entries.jsonl", "manifest.json",
      "images/65f1a2b3c4d5e6f708192a3b.jpg", "images/65f1a2b3c4d5e6f708192a3b.png",
      "images/65f1a2b3c4d5e6f708192a3b.webp", "images/65f1a2b3c4d5e6f708192a3b.bin", "RESTORE.txt",
      "images/65f1a2b3c4d5e6f708192a3b.heic", "tables/posevault_notes.jsonl", "clips/65f1a2b3c4d5e6f708192a3b.mp4",
    ])
  func known(name: String) {
    #expect(EntryName(name)?.text == name)
  }

  @Test(
    "are no others",
    arguments: [
      "", "/", "../manifest.json", "/manifest.json", "./manifest.json", "Manifest.json", "manifest.json/",
      "mysql/../manifest.json", "mysql\\poses.sql", "images/", "images/65f1a2b3c4d5e6f708192a3b",
      "images/65f1a2b3c4d5e6f708192a3b.", "images/65f1a2b3c4d5e6f708192a3b.Exe", "restore.TXT", "a b", "a//b", "a/../b",
      "tables/Poses.jsonl", "tables/a.json", "tables/../a.jsonl", "-/.hidden", "a.", "é",
      String(repeating: "a", count: 201),
      "images/65f1a2b3c4d5e6f708192a3b.jpg.png", "images/65F1A2B3C4D5E6F708192A3B.jpg",
      "images/65f1a2b3c4d5e6f708192a3.jpg", "images/../65f1a2b3c4d5e6f708192a3b.jpg",
      "images//65f1a2b3c4d5e6f708192a3b.jpg", "images/65f1a2b3c4d5e6f708192a3b.jpg\n",
      "images/65f1a2b3c4d5e6f70819é.jpg",
    ])
  func unknown(name: String) {
    #expect(EntryName(name) == nil)
  }

  @Test("of pictures end in the format that the first bytes tell")
  func kinds() {
    #expect(FileEnding(startingWith: [0xFF, 0xD8, 0xFF, 0xE0]) == FileEnding("jpg"))
    #expect(FileEnding(startingWith: Array("RIFF....WEBPVP8 ".utf8)) == FileEnding("webp"))
    #expect(FileEnding(startingWith: [0x89] + Array("PNG\r\n\u{1A}\n".utf8)) == FileEnding("png"))
    #expect(FileEnding(startingWith: Array("\0\0\0\u{18}ftypmif1\0\0\0\0mif1avif".utf8)) == FileEnding("avif"))
    #expect(FileEnding(startingWith: []) == .bin)
  }

  @Test("of a picture of each format that is read end as its files do", arguments: ImageFormat.allCases)
  func endings(format: ImageFormat) {
    #expect(FileEnding(format).text == format.fileExtension && FileEnding(format.fileExtension) == FileEnding(format))
  }
}
