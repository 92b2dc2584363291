import PoseCore

/// A ZIP that is sent while it is written: what has been given out is never looked at again.
///
/// Entries are stored as they are, since pictures are compressed already. Their sizes and checksums stand behind them,
/// as APPNOTE 6.3.10 has it (4.4.4, bit 3), and in the directory at the end. All may be longer than 4 GiB.
struct ZipStream {
  private struct Entry {
    let name: [UInt8]
    let offset: UInt64
    var size: UInt64 = 0
    var checksum = CRC32.Running()
  }

  /// DOS's date and time of all entries.
  private let date: UInt16
  private let time: UInt16
  private var directory: [UInt8] = []
  private var count: UInt64 = 0
  /// Of what was given out.
  private var length: UInt64 = 0
  private var entry: Entry?

  private static let version: UInt16 = 45
  /// Sizes stand behind the entry; its name is UTF-8.
  private static let flags: UInt16 = 0x0808
  private static let zip64: UInt16 = 1

  /// - Parameter now: in seconds since 1970.
  init(at now: Int64) {
    let day = CivilDate(now)
    date = UInt16(clamping: (min(max(day.year, 1980), 2107) - 1980) << 9 | day.month << 5 | day.day)
    time = UInt16(clamping: (day.second / 3600) << 11 | (day.second / 60 % 60) << 5 | day.second % 60 / 2)
  }

  /// What stands before an entry's bytes. The one before has ended.
  ///
  /// - Parameter name: a relative path with slashes, of at most 65,535 bytes.
  mutating func begin(_ name: String) -> [UInt8] {
    let name = Array(name.utf8)
    entry = Entry(name: name, offset: length)
    var bytes: [UInt8] = []
    bytes.append(little: UInt32(0x0403_4b50))
    bytes.append(little: Self.version)
    bytes.append(little: Self.flags)
    bytes.append(little: UInt16(0))
    bytes.append(little: time)
    bytes.append(little: date)
    bytes.append(little: UInt32(0))
    // the sizes have eight bytes each, which the field behind the name announces
    bytes.append(little: UInt32.max)
    bytes.append(little: UInt32.max)
    bytes.append(little: UInt16(name.count))
    bytes.append(little: UInt16(20))
    bytes += name
    bytes.append(little: Self.zip64)
    bytes.append(little: UInt16(16))
    bytes.append(little: UInt64(0))
    bytes.append(little: UInt64(0))
    length += UInt64(bytes.count)
    return bytes
  }

  /// Counts bytes of the entry, which the caller gives out as they are.
  mutating func pass(_ bytes: [UInt8]) {
    entry?.size += UInt64(bytes.count)
    entry?.checksum.add(bytes)
    length += UInt64(bytes.count)
  }

  /// What stands behind an entry's bytes.
  mutating func end() -> [UInt8] {
    guard let entry else { return [] }
    self.entry = nil
    count += 1
    var bytes: [UInt8] = []
    bytes.append(little: UInt32(0x0807_4b50))
    bytes.append(little: entry.checksum.value)
    bytes.append(little: entry.size)
    bytes.append(little: entry.size)
    length += UInt64(bytes.count)
    directory.append(little: UInt32(0x0201_4b50))
    directory.append(little: UInt16(3 << 8) | Self.version)
    directory.append(little: Self.version)
    directory.append(little: Self.flags)
    directory.append(little: UInt16(0))
    directory.append(little: time)
    directory.append(little: date)
    directory.append(little: entry.checksum.value)
    directory.append(little: UInt32.max)
    directory.append(little: UInt32.max)
    directory.append(little: UInt16(entry.name.count))
    directory.append(little: UInt16(28))
    directory.append(little: UInt16(0))
    directory.append(little: UInt16(0))
    directory.append(little: UInt16(0))
    // a plain file that its owner may write, and others read
    directory.append(little: UInt32(0o100644 << 16))
    directory.append(little: UInt32.max)
    directory += entry.name
    directory.append(little: Self.zip64)
    directory.append(little: UInt16(24))
    directory.append(little: entry.size)
    directory.append(little: entry.size)
    directory.append(little: entry.offset)
    return bytes
  }

  /// The directory, which ends the archive.
  mutating func finish() -> [UInt8] {
    let start = length
    var bytes = directory
    bytes.append(little: UInt32(0x0606_4b50))
    bytes.append(little: UInt64(44))
    bytes.append(little: UInt16(3 << 8) | Self.version)
    bytes.append(little: Self.version)
    bytes.append(little: UInt32(0))
    bytes.append(little: UInt32(0))
    bytes.append(little: count)
    bytes.append(little: count)
    bytes.append(little: UInt64(directory.count))
    bytes.append(little: start)
    bytes.append(little: UInt32(0x0706_4b50))
    bytes.append(little: UInt32(0))
    bytes.append(little: start + UInt64(directory.count))
    bytes.append(little: UInt32(1))
    bytes.append(little: UInt32(0x0605_4b50))
    bytes.append(little: UInt16(0))
    bytes.append(little: UInt16(0))
    bytes.append(little: UInt16(clamping: count))
    bytes.append(little: UInt16(clamping: count))
    bytes.append(little: UInt32(clamping: directory.count))
    bytes.append(little: UInt32(clamping: start))
    bytes.append(little: UInt16(0))
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func append(little value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
