#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import PoseCore

extension Manifest {
  /// One JSON object, the short fields first.
  var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("format", Self.format)
      json.field("software", software)
      json.field("startedAt", Self.text(startedAt))
      json.field("finishedAt", Self.text(finishedAt))
      json.field("source", source)
      json.field("datasetId", datasetID)
      json.key("rows")
      json.object { json in
        json.field("count", rows.count)
        json.field("sumOfIds", rows.sumOfIDs)
        if let lastID = rows.lastID { json.field("lastId", lastID) }
        json.field("nextId", nextID)
        json.field("keypointBytes", rows.bytes)
        json.field("sumOfCRC32", rows.sumOfChecksums)
        json.field("chain", chain)
      }
      json.key("pictures")
      json.object { json in
        json.field("count", pictures)
        json.field("bytes", pictureBytes)
        json.field("leftOut", leftOutPictures)
      }
      json.key("entries")
      json.object { json in
        json.field("count", entries)
        json.field("sha256", entriesSHA256)
      }
      json.key("notIncluded")
      json.array { json in for name in notIncluded { json.value(name) } }
      json.key("lost")
      json.array { json in for picture in lost { picture.write(to: &json) } }
      json.key("leftOut")
      json.array { json in for row in leftOut { row.write(to: &json) } }
    }
    return json.bytes + [0x0A]
  }

  /// Throws ``ArchiveDamage`` for anything but a manifest of a format that this program knows.
  init(json: [UInt8]) throws {
    let data = Data(json)
    guard let version = try? JSONDecoder().decode(Version.self, from: data) else {
      throw ArchiveDamage(EntryName.manifest.text, "is not a manifest of PoseVault")
    }
    guard version.format == Self.format else {
      throw PoseVaultError(
        .badRequest, "The archive's format is \(version.format); this version of PoseVault reads \(Self.format).")
    }
    do {
      let fields = try JSONDecoder().decode(Fields.self, from: data)
      guard let manifest = Manifest(fields) else { throw ArchiveDamage(EntryName.manifest.text, "has a wrong time") }
      self = manifest
    } catch let error as DecodingError {
      throw ArchiveDamage(EntryName.manifest.text, "lacks what a manifest has, or has it in another form: \(error)")
    }
  }

  private init?(_ fields: Fields) {
    guard let startedAt = Self.seconds(fields.startedAt), let finishedAt = Self.seconds(fields.finishedAt) else {
      return nil
    }
    self.init(
      software: fields.software, startedAt: startedAt, finishedAt: finishedAt, source: fields.source,
      datasetID: fields.datasetId,
      rows: PoseTotals(
        count: fields.rows.count, sumOfIDs: fields.rows.sumOfIds, lastID: fields.rows.lastId,
        bytes: fields.rows.keypointBytes, sumOfChecksums: fields.rows.sumOfCRC32),
      nextID: fields.rows.nextId, chain: fields.rows.chain, leftOut: fields.leftOut,
      leftOutPictures: fields.pictures.leftOut, lost: fields.lost,
      pictures: fields.pictures.count, pictureBytes: fields.pictures.bytes, entries: fields.entries.count,
      entriesSHA256: fields.entries.sha256, notIncluded: fields.notIncluded)
  }

  private struct Version: Decodable { let format: Int }

  private struct Fields: Decodable {
    let software, startedAt, finishedAt, source, datasetId: String
    let rows: Rows
    let pictures: Pictures
    let entries: Entries
    let notIncluded: [String]
    let lost: [LostPicture]
    let leftOut: [LeftOutRow]

    struct Rows: Decodable {
      let count, sumOfIds, nextId, keypointBytes, sumOfCRC32: Int
      let lastId: Int?
      let chain: String
    }

    struct Pictures: Decodable {
      let count, bytes, leftOut: Int
    }

    struct Entries: Decodable {
      let count: Int
      let sha256: String
    }
  }

  /// `2025-12-10T10:30:00Z`
  private static func text(_ seconds: Int64) -> String {
    SQLTime.text(seconds).replacing(" ", with: "T") + "Z"
  }

  private static func seconds(_ text: String) -> Int64? {
    text.hasSuffix("Z") ? SQLTime.seconds(String(text.dropLast()).replacing("T", with: " ")) : nil
  }
}

extension Manifest.LeftOutRow {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("bytes", bytes)
      json.field("checksum", checksum)
      json.field("digest", digest)
    }
  }
}

extension Manifest.LostPicture {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("row", row)
      json.field("imageID", imageID)
    }
  }
}

extension JSONWriter {
  fileprivate mutating func field(_ key: StaticString, _ value: String) {
    self.key(key)
    self.value(value)
  }

  fileprivate mutating func field(_ key: StaticString, _ value: Int) {
    self.key(key)
    self.value(value)
  }
}
