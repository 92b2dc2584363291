#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import PoseCore

extension Manifest {
  /// One JSON object, the short fields first, in the form of its ``format``.
  var json: [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("format", format)
      json.field("software", software)
      json.field("startedAt", Self.text(startedAt))
      json.field("finishedAt", Self.text(finishedAt))
      json.field("source", source)
      json.field("datasetId", datasetID)
      if format == 1 {
        writeRows(to: &json)
      } else {
        json.array("tables") { json in
          writePoses(to: &json)
          for table in tables { table.write(to: &json) }
        }
      }
      json.object("pictures") { json in
        json.field("count", pictures)
        json.field("bytes", pictureBytes)
        json.field("leftOut", leftOutPictures)
        if format > 1 { json.field("unreferenced", unreferencedPictures) }
        if trashedPictures > 0 { json.field("trashed", trashedPictures) }
      }
      if let packs {
        json.object("packs") { json in
          json.field("count", packs.count)
          json.field("bytes", packs.bytes)
        }
      }
      json.object("entries") { json in
        json.field("count", entries)
        json.field("sha256", entriesSHA256)
        if format > 1 {
          json.array("kinds") { json in for kind in kinds { kind.write(to: &json) } }
        }
      }
      json.array("notIncluded") { json in for name in notIncluded { json.value(name) } }
      json.array("lost") { json in for picture in lost { picture.write(to: &json, format: format) } }
      if format > 1 {
        json.array("damaged") { json in for picture in damaged { picture.write(to: &json) } }
      }
      json.array("leftOut") { json in for row in leftOut { row.write(to: &json) } }
      if format > 1, !audit.isEmpty {
        json.array("audit") { json in for head in audit { head.write(to: &json) } }
      }
    }
    return json.bytes + [0x0A]
  }

  private func writePoses(to json: inout JSONWriter) {
    json.object { json in
      json.field("name", Self.poses)
      json.field("entry", EntryName.dump.text)
      json.field("kind", EntryKind.poses.rawValue)
      json.array("columns") { json in for column in columns { json.value(column) } }
      writeRows(to: &json)
    }
  }

  private func writeRows(to json: inout JSONWriter) {
    json.object("rows") { json in
      json.field("count", rows.count)
      json.field("sumOfIds", rows.sumOfIDs)
      if let lastID = rows.lastID { json.field("lastId", lastID) }
      json.field("nextId", nextID)
      json.field("keypointBytes", rows.bytes)
      json.field("sumOfCRC32", rows.sumOfChecksums)
      json.field("chain", chain)
    }
  }

  /// Throws ``ArchiveDamage`` for anything but a manifest of a format that this program knows.
  init(json: [UInt8]) throws {
    let data = Data(json)
    guard let version = try? JSONDecoder().decode(Version.self, from: data) else {
      throw ArchiveDamage(EntryName.manifest.text, "is not a PoseVault manifest")
    }
    guard (1...Self.newestFormat).contains(version.format) else {
      throw PoseVaultError(
        .badRequest,
        "The archive's format is \(version.format); this version of PoseVault reads formats 1 to \(Self.newestFormat).")
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
    let rows = fields.rows
    self.init(
      format: fields.format, software: fields.software, startedAt: startedAt, finishedAt: finishedAt,
      source: fields.source, datasetID: fields.datasetId,
      rows: PoseTotals(
        count: rows.count, sumOfIDs: rows.sumOfIds, lastID: rows.lastId, bytes: rows.keypointBytes,
        sumOfChecksums: rows.sumOfCRC32),
      nextID: rows.nextId, chain: rows.chain, columns: fields.columns, tables: fields.tables, leftOut: fields.leftOut,
      leftOutPictures: fields.pictures.leftOut, lost: fields.lost, damaged: fields.damaged,
      pictures: fields.pictures.count, pictureBytes: fields.pictures.bytes,
      unreferencedPictures: fields.pictures.unreferenced ?? 0,
      trashedPictures: fields.pictures.trashed ?? 0, packs: fields.packs, entries: fields.entries.count,
      entriesSHA256: fields.entries.sha256, kinds: fields.entries.kinds ?? [], notIncluded: fields.notIncluded,
      audit: fields.audit,
      unknown: fields.unknownTables.map { "It holds the table \($0), which this version does not know." })
  }

  private struct Version: Decodable { let format: Int }

  private struct Fields: Decodable {
    let format: Int
    let software, startedAt, finishedAt, source, datasetId: String
    let rows: Rows
    let columns: [String]
    var tables: [Table] = []
    var unknownTables: [String] = []
    let pictures: Pictures
    var packs: PackTotals?
    let entries: Entries
    let notIncluded: [String]
    let lost: [LostPicture]
    let damaged: [DamagedPicture]
    let leftOut: [LeftOutRow]
    let audit: [AuditHead]

    private enum Key: String, CodingKey {
      case format, software, startedAt, finishedAt, source, datasetId, rows, tables, pictures, packs, entries
      case notIncluded, lost
      case damaged, leftOut, audit
    }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: Key.self)
      format = try fields.decode(Int.self, forKey: .format)
      software = try fields.decode(String.self, forKey: .software)
      startedAt = try fields.decode(String.self, forKey: .startedAt)
      finishedAt = try fields.decode(String.self, forKey: .finishedAt)
      source = try fields.decode(String.self, forKey: .source)
      datasetId = try fields.decode(String.self, forKey: .datasetId)
      pictures = try fields.decode(Pictures.self, forKey: .pictures)
      entries = try fields.decode(Entries.self, forKey: .entries)
      notIncluded = try fields.decode([String].self, forKey: .notIncluded)
      lost = try fields.decode([LostPicture].self, forKey: .lost)
      leftOut = try fields.decode([LeftOutRow].self, forKey: .leftOut)
      audit = try fields.decodeIfPresent([AuditHead].self, forKey: .audit) ?? []
      guard format > 1 else {
        rows = try fields.decode(Rows.self, forKey: .rows)
        columns = DumpColumn.all.map(\.name)
        damaged = []
        return
      }
      packs = try fields.decodeIfPresent(PackTotals.self, forKey: .packs)
      damaged = try fields.decode([DamagedPicture].self, forKey: .damaged)
      let listed = try fields.decode([ListedTable].self, forKey: .tables)
      guard let poses = listed.first(where: { $0.name == Manifest.poses }), let rows = poses.rows,
        let columns = poses.columns, listed.count(where: { $0.name == Manifest.poses }) == 1
      else {
        throw DecodingError.dataCorruptedError(forKey: .tables, in: fields, debugDescription: "no table poses")
      }
      self.rows = rows
      self.columns = columns
      for table in listed where table.name != Manifest.poses {
        if let known = table.table { tables.append(known) } else { unknownTables.append(String(table.name.prefix(64))) }
      }
    }
  }

  private struct ListedTable: Decodable {
    let name: String
    /// nil in tables of a kind that this version doesn't know.
    let table: Table?
    let columns: [String]?
    let rows: Rows?

    private enum Key: String, CodingKey { case name, entry, kind, columns, rows }

    init(from decoder: any Decoder) throws {
      let fields = try decoder.container(keyedBy: Key.self)
      name = try fields.decode(String.self, forKey: .name)
      let kind = EntryKind(rawValue: try fields.decode(String.self, forKey: .kind))
      let entry = try fields.decode(String.self, forKey: .entry)
      switch kind {
      case .poses where name == Manifest.poses && entry == EntryName.dump.text:
        columns = try fields.decode([String].self, forKey: .columns)
        rows = try fields.decode(Rows.self, forKey: .rows)
        table = nil
      case .table where entry == EntryName.table(name).text && EntryName.isTable(name) && name != Manifest.poses:
        let counts = try fields.decode(Counts.self, forKey: .rows)
        table = Table(name: name, count: counts.count, lastID: counts.lastId)
        columns = nil
        rows = nil
      case nil:
        table = nil
        columns = nil
        rows = nil
      default:
        throw DecodingError.dataCorruptedError(
          forKey: .entry, in: fields, debugDescription: "a table whose name, kind and entry don't fit")
      }
    }
  }

  private struct Rows: Decodable {
    let count, sumOfIds, nextId, keypointBytes, sumOfCRC32: Int
    let lastId: Int?
    let chain: String
  }

  private struct Counts: Decodable {
    let count: Int
    let lastId: Int?
  }

  private struct Pictures: Decodable {
    let count, bytes, leftOut: Int
    let unreferenced: Int?
    let trashed: Int?
  }

  private struct Entries: Decodable {
    let count: Int
    let sha256: String
    let kinds: [EntryCount]?
  }

  private static let poses = "poses"

  /// `2025-12-10T10:30:00Z`
  static func text(_ seconds: Int64) -> String {
    SQLTime.text(seconds).replacing(" ", with: "T") + "Z"
  }

  static func seconds(_ text: String) -> Int64? {
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

extension Manifest.Table {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("name", name)
      json.field("entry", EntryName.table(name).text)
      json.field("kind", EntryKind.table.rawValue)
      json.object("rows") { json in
        json.field("count", count)
        if let lastID { json.field("lastId", lastID) }
      }
    }
  }
}

extension AuditHead {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("server", server)
      json.field("number", number)
      json.field("hash", hash)
    }
  }
}

extension EntryCount {
  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("kind", kind)
      json.field("count", count)
    }
  }
}

extension Manifest.LostPicture: Decodable {
  private enum Key: String, CodingKey {
    case row, imageId
    /// Format 1 called it so.
    case imageID
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    row = try fields.decode(Int.self, forKey: .row)
    imageID =
      try fields.decodeIfPresent(String.self, forKey: .imageId) ?? fields.decode(String.self, forKey: .imageID)
  }

  fileprivate func write(to json: inout JSONWriter, format: Int) {
    json.object { json in
      json.field("row", row)
      json.field(format == 1 ? "imageID" : "imageId", imageID)
    }
  }
}

extension Manifest.DamagedPicture: Decodable {
  private enum Key: String, CodingKey { case imageId, what, bytes, expected }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    guard let id = ImageID(try fields.decode(String.self, forKey: .imageId)) else {
      throw DecodingError.dataCorruptedError(forKey: .imageId, in: fields, debugDescription: "no picture's id")
    }
    imageID = id
    what = try fields.decode(String.self, forKey: .what)
    bytes = try fields.decode(Int.self, forKey: .bytes)
    expected = try fields.decodeIfPresent(Int.self, forKey: .expected)
  }

  fileprivate func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("imageId", imageID.description)
      json.field("what", what)
      json.field("bytes", bytes)
      if let expected { json.field("expected", expected) }
    }
  }
}
