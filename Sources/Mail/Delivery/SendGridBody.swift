import Curl
import Foundation
import PoseCore

/// The JSON of a letter for SendGrid, with the attachment read and encoded piece by piece.
///
/// Used by one transfer, on its thread.
final class SendGridBody: BodySource {
  private var rest: [UInt8]
  private let end: [UInt8]
  private let file: FileHandle?
  private var unread: Int

  /// In bytes.
  let length: Int

  init(_ letter: Letter) throws {
    var json = JSONWriter()
    json.object { json in
      json.array("personalizations") { json in
        json.object { json in
          json.array("to") { json in
            for address in letter.to { Self.write(address, &json) }
          }
        }
      }
      json.key("from")
      Self.write(letter.from, &json)
      json.field("subject", LetterHeaders.printable(letter.subject))
      json.array("content") { json in
        for (type, value) in [("text/plain", letter.text), ("text/html", letter.html)] {
          json.object { json in
            json.field("type", type)
            json.field("value", value)
          }
        }
      }
    }
    guard let attachment = letter.attachment else {
      rest = json.bytes
      end = []
      file = nil
      unread = 0
      length = rest.count
      return
    }
    var description = JSONWriter()
    description.object { json in
      json.field("type", "application/zip")
      json.field("disposition", "attachment")
      json.field("filename", LetterHeaders.harmless(attachment.name))
    }
    // inside the outermost braces, and inside the attachment's
    rest = json.bytes.dropLast() + Array(#","attachments":["#.utf8) + description.bytes.dropLast()
    rest += Array(#","content":""#.utf8)
    end = Array(#""}]}"#.utf8)
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: attachment.path))
      unread = Int(try file.seekToEnd())
      try file.seek(toOffset: 0)
      self.file = file
    } catch {
      throw PoseVaultError(.fileSystem, "The attachment can't be read.", cause: error)
    }
    length = rest.count + (unread + 2) / 3 * 4 + end.count
    if unread == 0 { rest += end }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    if rest.isEmpty, unread > 0 { try readPiece() }
    let count = min(buffer.count, rest.count)
    buffer.copyBytes(from: rest.prefix(count))
    rest.removeFirst(count)
    return count
  }

  private func readPiece() throws {
    let count = min(Self.pieceLength, unread)
    guard let piece = try file?.read(upToCount: count), piece.count == count else {
      throw PoseVaultError(.fileSystem, "The attachment was cut short while it was sent.")
    }
    unread -= count
    rest = Array(piece.base64EncodedData())
    if unread == 0 { rest += end }
  }

  private static func write(_ address: MailAddress, _ json: inout JSONWriter) {
    json.object { json in
      json.field("email", address.description)
    }
  }

  /// In bytes; a multiple of 3, so that the pieces' base64 can be concatenated.
  private static let pieceLength = 48 * 1024
}
