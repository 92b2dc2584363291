import PoseCore

/// Compares a ZIP file's directory, and the records that end the file, with the entries themselves.
///
/// libarchive reads the one or the other and shows no difference, but another program may trip over it. The layout is
/// that of PKWARE's APPNOTE.TXT, sections 4.3.7 to 4.3.16; entries must follow each other without a gap, as they are
/// written.
// Guarded by: its one user makes one call after another.
final class ZipDirectory: @unchecked Sendable {
  private let file: ReadFile
  private let length: Int
  private let end: ZipEnd
  /// What of the directory is read and not yet looked at.
  private var window: [UInt8] = []
  private var start = 0
  /// Where in the file the rest of the directory begins.
  private var next: Int
  private var count = 0
  /// Where the next entry must begin.
  private var place = 0
  /// The attributes that all entries must share.
  private var attributes: UInt32?

  /// Blocks. Throws ``ArchiveDamage`` where the records that end the file don't fit.
  init(path: String) throws {
    file = try ReadFile(named: path)
    length = try file.length()
    end = try ZipEnd(file, length)
    next = end.directory
  }

  /// Checks some entries; whether there are more. Blocks.
  func checkSome() throws -> Bool {
    for _ in 0..<Self.entriesAtOnce {
      guard count < end.entries else {
        try finish()
        return false
      }
      try checkEntry()
      count += 1
    }
    return true
  }

  /// Calls `body` with the name of each entry, as the directory has them; compares nothing. Blocks.
  func readNames(_ body: (String) -> Void) throws {
    for _ in 0..<end.entries {
      guard let header = CentralHeader(try take(CentralHeader.length)), header.isPlain else {
        throw Self.damage("has an entry that is none")
      }
      body(String(decoding: try take(header.nameLength), as: UTF8.self))
      _ = try take(header.extraLength)
    }
  }

  private func finish() throws {
    guard next == end.start, start == window.count else { throw Self.damage("holds more than its entries") }
    guard place == end.directory else { throw Self.damage("does not start where the entries end") }
  }

  private func checkEntry() throws {
    let fixed = try take(CentralHeader.length)
    guard let header = CentralHeader(fixed) else { throw Self.damage("has an invalid entry") }
    let name = try take(header.nameLength)
    let extra = try take(header.extraLength)
    let shown = EscapedText.text(name.prefix(100))
    func differs(_ what: String) -> ArchiveDamage { Self.damage("has another \(what) of \(shown) than the entry") }

    // C's readers take a zero for a name's end, and so another name than others do
    guard name.allSatisfy({ (0x20...0x7E).contains($0) }) else { throw Self.damage("has the name \(shown)") }
    guard let fields = ExtraField.all(in: extra), let values = header.values(ExtraField.zip64(fields)) else {
      throw Self.damage("has invalid extra fields for \(shown)")
    }
    guard header.isPlain, header.attributes == attributes ?? header.attributes else {
      throw Self.damage("has invalid attributes for \(shown)")
    }
    attributes = header.attributes
    guard values.offset == place else { throw differs("place") }

    let local = try file.bytes(at: place, count: LocalHeader.length)
    guard let entry = LocalHeader(local) else { throw differs("place") }
    guard entry.nameLength == header.nameLength,
      try file.bytes(at: place + LocalHeader.length, count: entry.nameLength) == name
    else { throw differs("name") }
    guard entry.version == header.version else { throw differs("version") }
    guard entry.flags == header.flags else { throw differs("flag") }
    guard entry.method == header.method else { throw differs("method") }
    guard entry.time == header.time else { throw differs("time") }
    let entryExtra = try file.bytes(at: place + LocalHeader.length + entry.nameLength, count: entry.extraLength)
    guard let entryFields = ExtraField.all(in: entryExtra), ExtraField.plain(entryFields) == ExtraField.plain(fields)
    else { throw differs("extra field") }

    let data = place + LocalHeader.length + entry.nameLength + entry.extraLength
    let (after, overflow) = data.addingReportingOverflow(values.packed)
    guard values.packed >= 0, values.size >= 0, !overflow, after <= end.directory else { throw differs("size") }
    let isWide = ExtraField.zip64(entryFields) != nil
    guard entry.agrees(crc: header.crc, packed: values.packed, size: values.size) else { throw differs("CRC or size") }
    place = after
    if entry.hasDescriptor {
      let count = isWide ? 24 : 16
      let expected = DataDescriptor.bytes(crc: header.crc, packed: values.packed, size: values.size, isWide: isWide)
      guard try file.bytes(at: after, count: count) == expected else { throw differs("CRC or size") }
      place += count
    }
  }

  /// The next bytes of the directory.
  private func take(_ count: Int) throws -> [UInt8] {
    if window.count - start < count {
      window.removeSubrange(..<start)
      start = 0
      let more = min(max(count - window.count, Self.windowLength), end.start - next)
      window += try file.bytes(at: next, count: more)
      next += more
    }
    guard window.count - start >= count else { throw Self.damage("is cut off") }
    defer { start += count }
    return Array(window[start..<start + count])
  }

  static func damage(_ what: String) -> ArchiveDamage { ArchiveDamage("the archive", "its directory \(what)") }

  private static let entriesAtOnce = 2000
  private static let windowLength = 1 << 20
}

/// Where the directory lies, from the records that end the file.
private struct ZipEnd {
  let entries: Int
  let directory: Int
  /// Where these records begin, and the directory ends.
  let start: Int

  init(_ file: ReadFile, _ length: Int) throws {
    let fault = ArchiveDamage("the archive", "does not end like a ZIP file")
    guard length >= Self.length else { throw fault }
    let end = LittleEndian(try file.bytes(at: length - Self.length, count: Self.length))
    guard end.number(0, 4) == 0x0605_4B50, end.number(4, 4) == 0, end.number(20, 2) == 0 else { throw fault }
    var entries = end.number(10, 2)
    var size = end.number(12, 4)
    var offset = end.number(16, 4)
    var start = length - Self.length
    guard end.number(8, 2) == entries else { throw fault }
    if start >= Self.wideLength, case let wide = start - Self.wideLength,
      case let bytes = LittleEndian(try file.bytes(at: wide, count: Self.wideLength)),
      bytes.number(56, 4) == 0x0706_4B50
    {
      let numbers = (entries: bytes.number(32, 8), size: bytes.number(40, 8), offset: bytes.number(48, 8))
      guard bytes.number(0, 4) == 0x0606_4B50, bytes.number(4, 8) == 44, bytes.number(12, 4) == 45 << 16 | 45,
        bytes.number(16, 8) == 0, bytes.number(24, 8) == numbers.entries, bytes.number(60, 4) == 0,
        bytes.number(64, 8) == UInt64(wide), bytes.number(72, 4) == 1, entries == min(numbers.entries, 0xFFFF),
        size == min(numbers.size, 0xFFFF_FFFF), offset == min(numbers.offset, 0xFFFF_FFFF)
      else { throw fault }
      (entries, size, offset) = numbers
      start = wide
    }
    guard let count = Int(exactly: entries), let place = Int(exactly: offset), let bytes = Int(exactly: size),
      place <= start, start - place == bytes
    else { throw ZipDirectory.damage("is not where the file says") }
    self.entries = count
    directory = place
    self.start = start
  }

  private static let length = 22
  /// Of the two records that a file of more than 65,535 entries or 4 GiB has before it.
  private static let wideLength = 56 + 20
}

/// Numbers in bytes, the least first.
struct LittleEndian {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  func number(_ place: Int, _ count: Int) -> UInt64 {
    bytes[place..<place + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// An entry as the directory has it, without its name and extra fields.
private struct CentralHeader {
  let version, flags, method, time, crc: UInt64
  let nameLength, extraLength: Int
  let attributes: UInt32
  /// Whether the rest is as every entry of ours has it.
  let isPlain: Bool
  private let packed, size, offset: UInt64

  static let length = 46

  init?(_ bytes: [UInt8]) {
    let header = LittleEndian(bytes)
    guard header.number(0, 4) == 0x0201_4B50 else { return nil }
    version = header.number(6, 2)
    flags = header.number(8, 2)
    method = header.number(10, 2)
    time = header.number(12, 4)
    crc = header.number(16, 4)
    packed = header.number(20, 4)
    size = header.number(24, 4)
    nameLength = Int(header.number(28, 2))
    extraLength = Int(header.number(30, 2))
    attributes = UInt32(header.number(38, 4))
    offset = header.number(42, 4)
    // made on Unix; no comment, the first disk, a file for its owner alone
    isPlain =
      header.number(4, 2) == 3 << 8 | version && header.number(32, 4) == 0 && header.number(36, 2) == 0
      && [0o100600 << 16, 0o600 << 16].contains(header.number(38, 4))
  }

  /// The numbers that may need 64 bits; nil where `wide`, the field for those that do, does not fit.
  func values(_ wide: [UInt8]?) -> (packed: Int, size: Int, offset: Int)? {
    var rest = (wide ?? [])[...]
    func value(_ narrow: UInt64) -> Int? {
      guard narrow == 0xFFFF_FFFF, wide != nil else { return Int(narrow) }
      guard rest.count >= 8 else { return nil }
      defer { rest = rest.dropFirst(8) }
      return Int(exactly: LittleEndian(Array(rest.prefix(8))).number(0, 8))
    }
    guard let size = value(size), let packed = value(packed), let offset = value(offset), rest.isEmpty else {
      return nil
    }
    return (packed, size, offset)
  }
}

/// What stands before an entry's data, without its name and extra fields.
struct LocalHeader {
  let version, flags, method, time: UInt64
  let nameLength, extraLength: Int
  let crc, packed, size: UInt64

  static let length = 30

  init?(_ bytes: [UInt8]) {
    let header = LittleEndian(bytes)
    guard header.number(0, 4) == 0x0403_4B50 else { return nil }
    version = header.number(4, 2)
    flags = header.number(6, 2)
    method = header.number(8, 2)
    time = header.number(10, 4)
    crc = header.number(14, 4)
    packed = header.number(18, 4)
    size = header.number(22, 4)
    nameLength = Int(header.number(26, 2))
    extraLength = Int(header.number(28, 2))
  }

  /// Whether CRC and sizes stand behind the data, too, because they were not known before.
  var hasDescriptor: Bool { flags & 8 != 0 }

  func agrees(crc known: UInt64, packed knownPacked: Int, size knownSize: Int) -> Bool {
    func fits(_ number: UInt64, _ known: UInt64) -> Bool {
      number == known || hasDescriptor && number == 0 || number == 0xFFFF_FFFF
    }
    return (crc == known || hasDescriptor && crc == 0) && fits(packed, UInt64(knownPacked))
      && fits(size, UInt64(knownSize))
  }
}

private enum DataDescriptor {
  static func bytes(crc: UInt64, packed: Int, size: Int, isWide: Bool) -> [UInt8] {
    func number(_ value: UInt64, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let width = isWide ? 8 : 4
    return [0x50, 0x4B, 7, 8] + number(crc, 4) + number(UInt64(packed), width) + number(UInt64(size), width)
  }
}

private struct ExtraField: Equatable {
  let id: UInt64
  let bytes: [UInt8]

  /// nil where `bytes` are no extra fields.
  static func all(in bytes: [UInt8]) -> [ExtraField]? {
    var rest = bytes[...]
    var fields = [ExtraField]()
    while !rest.isEmpty {
      guard rest.count >= 4 else { return nil }
      let header = LittleEndian(Array(rest.prefix(4)))
      let count = Int(header.number(2, 2))
      guard rest.count >= 4 + count else { return nil }
      fields.append(ExtraField(id: header.number(0, 2), bytes: Array(rest.dropFirst(4).prefix(count))))
      rest = rest.dropFirst(4 + count)
    }
    return fields
  }

  /// The field for numbers of 64 bits.
  static func zip64(_ fields: [ExtraField]) -> [UInt8]? { fields.first { $0.id == 1 }?.bytes }

  /// All others, which directory and entry have alike.
  static func plain(_ fields: [ExtraField]) -> [ExtraField] { fields.filter { $0.id != 1 } }
}
