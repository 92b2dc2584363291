import PoseCore

/// A block of a tar that describes what follows it.
struct TarHeader {
  enum Kind: Equatable {
    case file, folder
    /// A volume's name, which is ignored.
    case label
    /// GNU: the name or the target of the next member.
    case longName, longLink
    /// Records for the next member, or for all of them.
    case pax, globalPax
    /// What a shard must not contain, such as `a link`.
    case other(String)
  }

  /// Of a block, in bytes.
  static let length = 512

  let kind: Kind
  let name: FilePath
  /// In bytes.
  let size: Int

  /// - Parameter place: where it begins in the archive, for the error.
  ///
  /// Throws ``TarDamage`` if it is not a header.
  init(_ block: [UInt8], at place: Int) throws {
    guard Self.isHeader(block) else {
      if place == 0, let packing = PackedFormat(of: block) { throw TarDamage(PoseVaultError.packed(packing).message) }
      throw TarDamage(
        place == 0
          ? "This is not a tar." : "The tar is damaged at byte \(place), where a member's header should begin.")
    }
    // links, folders and devices have no content, whatever size they tell
    kind = Self.kind(block[156])
    guard let size = Self.number(block[124..<136]) else {
      throw TarDamage("The tar is damaged at byte \(place): a member's size can't be read.")
    }
    self.size = size
    let isPOSIX = block[257..<263].elementsEqual("ustar\0".utf8)
    let prefix = isPOSIX ? Self.text(block[345..<500]) : []
    let name = Self.text(block[0..<100])
    self.name = FilePath(bytes: prefix.isEmpty ? name : prefix + [FilePath.slash] + name)
  }

  /// Whether the block's checksum is correct.
  static func isHeader(_ block: some RandomAccessCollection<UInt8>) -> Bool {
    guard block.count == length else { return false }
    let block = Array(block)
    guard let sum = number(block[148..<156]) else { return false }
    var unsigned = 8 * 0x20
    var signed = unsigned
    for (index, byte) in block.enumerated() where !(148..<156).contains(index) {
      unsigned += Int(byte)
      // as some old programs counted
      signed += Int(Int8(bitPattern: byte))
    }
    return sum == unsigned || sum == signed
  }

  private static func kind(_ flag: UInt8) -> Kind {
    switch flag {
    case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): .file
    case UInt8(ascii: "5"): .folder
    case UInt8(ascii: "V"): .label
    case UInt8(ascii: "L"): .longName
    case UInt8(ascii: "K"): .longLink
    case UInt8(ascii: "x"), UInt8(ascii: "X"): .pax
    case UInt8(ascii: "g"): .globalPax
    case UInt8(ascii: "1"), UInt8(ascii: "2"): .other("a link")
    case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"): .other("a device or a pipe")
    case UInt8(ascii: "S"): .other("a sparse file")
    case UInt8(ascii: "M"): .other("the rest of a file from another volume")
    default: .other("of an unknown kind")
    }
  }

  /// Up to the first zero byte.
  private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

  /// Octal digits among spaces and zero bytes, or GNU's binary form; nil for anything else.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    guard let first = field.first else { return nil }
    if first & 0x80 != 0 {
      // negative ones begin with 0xFF
      guard first == 0x80 else { return nil }
      return field.dropFirst().reduce(0 as Int?) { value, byte in
        value.flatMap { $0 >> 55 == 0 ? $0 << 8 | Int(byte) : nil }
      }
    }
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0 }
    let digits = field.drop { $0 == 0x20 }.prefix { !isBlank($0) }
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x37).contains($0) }),
      field[digits.endIndex...].allSatisfy(isBlank)
    else { return nil }
    return digits.reduce(0) { $0 << 3 | Int($1 & 7) }
  }
}

/// What precedes a member's header and overrides its values.
struct TarExtras {
  private(set) var name: FilePath?
  private(set) var size: Int?
  private(set) var isSparse = false
  private var hasAny = false

  /// Whether nothing is waiting for its header.
  var isEmpty: Bool { !hasAny }

  /// Throws ``TarDamage`` for what can't be read.
  mutating func add(_ bytes: [UInt8], _ kind: TarHeader.Kind, at place: Int) throws {
    switch kind {
    case .longName:
      hasAny = true
      name = FilePath(bytes: bytes.prefix { $0 != 0 })
    case .pax:
      hasAny = true
      try Self.records(of: bytes, at: place) { key, value in
        switch key {
        case "path": name = FilePath(bytes: value)
        case "size":
          guard let number = Int(String(decoding: value, as: UTF8.self)), number >= 0 else {
            throw TarDamage("The tar is damaged at byte \(place): a member's size can't be read.")
          }
          size = number
        default: if key.hasPrefix("GNU.sparse.") { isSparse = true }
        }
      }
    case .globalPax:
      try Self.records(of: bytes, at: place) { key, _ in
        guard !["path", "size"].contains(key) else {
          throw TarDamage("The tar has one \(key) for all its members, at byte \(place).")
        }
      }
    default: hasAny = true
    }
  }

  /// Each record is `LENGTH KEY=VALUE` and a line feed, where the length covers all of it.
  private static func records(
    of bytes: [UInt8], at place: Int, _ body: (_ key: String, _ value: ArraySlice<UInt8>) throws -> Void
  ) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      // some programs fill up with zeros
      if rest.allSatisfy({ $0 == 0 }) { return }
      guard let space = rest.prefix(12).firstIndex(of: 0x20),
        let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length > space - rest.startIndex + 1,
        length <= rest.count, rest[rest.startIndex + length - 1] == UInt8(ascii: "\n"),
        let equals = rest[(space + 1)..<(rest.startIndex + length)].firstIndex(of: UInt8(ascii: "="))
      else { throw TarDamage("The tar is damaged at byte \(place): an extended header can't be read.") }
      let end = rest.startIndex + length
      try body(String(decoding: rest[(space + 1)..<equals], as: UTF8.self), rest[(equals + 1)..<(end - 1)])
      rest = rest[end...]
    }
  }
}
