/// A QR code of bytes by ISO/IEC 18004, with the lowest error correction: it is for screens, which have no stains.
struct QRCode {
  /// The length of a side, in modules.
  let size: Int
  /// Row by row; true for a dark module.
  private(set) var modules: [Bool]
  /// What is the same in all codes of this size, and is not masked.
  private var isFixed: [Bool]

  /// Per block, and the number of blocks, for versions 1 to 9.
  private static let correctionBytes = [7, 10, 15, 20, 26, 18, 20, 24, 30]
  private static let blockCounts = [1, 1, 1, 1, 1, 2, 2, 2, 2]

  /// nil for more than 230 bytes.
  init?(_ text: String) {
    let bytes = Array(text.utf8)
    let version = (1...Self.correctionBytes.count).first { bytes.count + 2 <= Self.dataBytes($0) }
    guard let version else { return nil }
    size = 17 + 4 * version
    modules = Array(repeating: false, count: size * size)
    isFixed = modules
    drawPatterns(version)
    drawData(Self.interleaved(Self.padded(bytes, to: Self.dataBytes(version)), version))
    let masked = (0..<8).map { self.masked($0) }
    guard let best = masked.min(by: { $0.penalty < $1.penalty }) else { return nil }
    modules = best.modules
  }

  subscript(column: Int, row: Int) -> Bool { modules[row * size + column] }

  /// Two rows per line of text, with the light border that readers require: a block is light.
  var lines: [String] {
    let border = 4
    func isLight(_ column: Int, _ row: Int) -> Bool {
      let isInside = (0..<size).contains(column) && (0..<size).contains(row)
      return isInside ? !self[column, row] : row < size + border
    }
    return stride(from: -border, to: size + border, by: 2).map { row in
      (-border..<(size + border)).map { column in
        switch (isLight(column, row), isLight(column, row + 1)) {
        case (true, true): "█"
        case (true, false): "▀"
        case (false, true): "▄"
        case (false, false): " "
        }
      }.joined()
    }
  }
}

/// The content, as bytes.
extension QRCode {
  /// All bytes that fit into the version.
  private static func wholeBytes(_ version: Int) -> Int {
    var bits = (16 * version + 128) * version + 64
    if version >= 2 {
      let marks = version / 7 + 2
      bits -= (25 * marks - 10) * marks - 55
      if version >= 7 { bits -= 36 }
    }
    return bits / 8
  }

  private static func dataBytes(_ version: Int) -> Int {
    wholeBytes(version) - correctionBytes[version - 1] * blockCounts[version - 1]
  }

  /// With the mode, the length, the terminator and the padding.
  private static func padded(_ bytes: [UInt8], to count: Int) -> [UInt8] {
    // four bits of mode, eight of length, and each byte half a byte later
    var padded: [UInt8] = []
    var half: UInt8 = 4
    for byte in [UInt8(bytes.count)] + bytes {
      padded.append(half << 4 | byte >> 4)
      half = byte & 15
    }
    padded.append(half << 4)
    while padded.count < count { padded.append(padded.count % 2 == bytes.count % 2 ? 0xEC : 0x11) }
    return padded
  }

  private static func interleaved(_ data: [UInt8], _ version: Int) -> [UInt8] {
    let count = blockCounts[version - 1]
    let correction = correctionBytes[version - 1]
    let divisor = ReedSolomon.divisor(correction)
    let short = data.count / count
    var blocks: [[UInt8]] = []
    var rest = data[...]
    for index in 0..<count {
      let length = short + (index < count - data.count % count ? 0 : 1)
      blocks.append(Array(rest.prefix(length)))
      rest = rest.dropFirst(length)
    }
    let corrections = blocks.map { ReedSolomon.remainder($0, divisor) }
    let longest = blocks.map(\.count).max() ?? 0
    return (0..<longest).flatMap { place in blocks.compactMap { place < $0.count ? $0[place] : nil } }
      + (0..<correction).flatMap { place in corrections.map { $0[place] } }
  }
}

/// The placement.
extension QRCode {
  private mutating func fix(_ column: Int, _ row: Int, isDark: Bool) {
    guard (0..<size).contains(column), (0..<size).contains(row) else { return }
    modules[row * size + column] = isDark
    isFixed[row * size + column] = true
  }

  private mutating func drawPatterns(_ version: Int) {
    for place in 0..<size {
      fix(6, place, isDark: place % 2 == 0)
      fix(place, 6, isDark: place % 2 == 0)
    }
    for (column, row) in [(3, 3), (size - 4, 3), (3, size - 4)] {
      for (x, y) in Self.square(4) {
        let distance = max(abs(x), abs(y))
        fix(column + x, row + y, isDark: distance != 2 && distance != 4)
      }
    }
    let marks = Self.marks(version, size)
    for column in marks {
      for row in marks {
        let isAtFinder = [(6, 6), (6, size - 7), (size - 7, 6)].contains { $0 == (column, row) }
        guard !isAtFinder else { continue }
        for (x, y) in Self.square(2) { fix(column + x, row + y, isDark: max(abs(x), abs(y)) != 1) }
      }
    }
    // the place of the format, which is drawn with the mask
    drawFormat(0)
    guard version >= 7 else { return }
    let bits = Self.withRemainder(version, digits: 12, polynomial: 0x1F25)
    for place in 0..<18 {
      let isDark = bits >> place & 1 == 1
      fix(size - 11 + place % 3, place / 3, isDark: isDark)
      fix(place / 3, size - 11 + place % 3, isDark: isDark)
    }
  }

  private static func square(_ reach: Int) -> [(Int, Int)] {
    (-reach...reach).flatMap { x in (-reach...reach).map { y in (x, y) } }
  }

  /// Rows and columns of the alignment patterns.
  private static func marks(_ version: Int, _ size: Int) -> [Int] {
    guard version > 1 else { return [] }
    let count = version / 7 + 2
    let step = (version * 8 + count * 3 + 5) / (count * 4 - 4) * 2
    return [6] + (0..<(count - 1)).map { size - 7 - $0 * step }
  }

  private static func withRemainder(_ value: Int, digits: Int, polynomial: Int) -> Int {
    var rest = value
    for _ in 0..<digits { rest = rest << 1 ^ (rest >> (digits - 1)) * polynomial }
    return value << digits | rest
  }

  private mutating func drawFormat(_ mask: Int) {
    // 1: the lowest correction
    let bits = Self.withRemainder(1 << 3 | mask, digits: 10, polynomial: 0x537) ^ 0x5412
    for place in 0..<15 {
      let isDark = bits >> place & 1 == 1
      switch place {
      case ..<6: fix(8, place, isDark: isDark)
      case 6, 7: fix(8, place + 1, isDark: isDark)
      case 8: fix(7, 8, isDark: isDark)
      default: fix(14 - place, 8, isDark: isDark)
      }
      if place < 8 { fix(size - 1 - place, 8, isDark: isDark) } else { fix(8, size - 15 + place, isDark: isDark) }
    }
    fix(8, size - 8, isDark: true)
  }

  /// In columns of two, from the right, alternating up and down.
  private mutating func drawData(_ bytes: [UInt8]) {
    var bit = 0
    var right = size - 1
    while right >= 1 {
      if right == 6 { right = 5 }
      let isUpward = (right + 1) & 2 == 0
      for place in 0..<size {
        let row = isUpward ? size - 1 - place : place
        for column in [right, right - 1] where !isFixed[row * size + column] && bit < bytes.count * 8 {
          modules[row * size + column] = bytes[bit / 8] >> (7 - bit % 8) & 1 == 1
          bit += 1
        }
      }
      right -= 2
    }
  }

  private func masked(_ mask: Int) -> QRCode {
    var code = self
    for row in 0..<size {
      for column in 0..<size where !isFixed[row * size + column] {
        let product = row * column
        let isInverted =
          switch mask {
          case 0: (row + column) % 2 == 0
          case 1: row % 2 == 0
          case 2: column % 3 == 0
          case 3: (row + column) % 3 == 0
          case 4: (row / 2 + column / 3) % 2 == 0
          case 5: product % 2 + product % 3 == 0
          case 6: (product % 2 + product % 3) % 2 == 0
          default: ((row + column) % 2 + product % 3) % 2 == 0
          }
        if isInverted { code.modules[row * size + column].toggle() }
      }
    }
    code.drawFormat(mask)
    return code
  }

  /// How hard it is to read: because of long runs, blocks, patterns like a finder, and imbalance.
  private var penalty: Int {
    let rows = (0..<size).map { row in (0..<size).map { self[$0, row] } }
    let columns = (0..<size).map { column in (0..<size).map { self[column, $0] } }
    var sum = 0
    for line in rows + columns {
      var run = 0
      for place in line.indices {
        run = place > 0 && line[place] == line[place - 1] ? run + 1 : 1
        if run == 5 { sum += 3 } else if run > 5 { sum += 1 }
      }
      for place in 0...(size - 11) {
        let part = Array(line[place..<(place + 11)])
        if part == Self.finderBefore || part == Self.finderBehind { sum += 40 }
      }
    }
    for row in 1..<size {
      for column in 1..<size {
        let isDark = self[column, row]
        if self[column - 1, row] == isDark, self[column, row - 1] == isDark, self[column - 1, row - 1] == isDark {
          sum += 3
        }
      }
    }
    let dark = modules.count { $0 }
    return sum + abs(dark * 20 - modules.count * 10) / modules.count * 10
  }

  private static let finderBehind = [1, 0, 1, 1, 1, 0, 1, 0, 0, 0, 0].map { $0 == 1 }
  private static let finderBefore = [0, 0, 0, 0, 1, 0, 1, 1, 1, 0, 1].map { $0 == 1 }
}

/// The field of 256 elements, and the error correction after the data.
private enum ReedSolomon {
  static func times(_ first: UInt8, _ second: UInt8) -> UInt8 {
    var product = 0
    for place in (0..<8).reversed() {
      product = product << 1 ^ (product >> 7) * 0x11D
      if second >> place & 1 == 1 { product ^= Int(first) }
    }
    return UInt8(product)
  }

  /// The polynomial's coefficients, without the highest one, which is 1.
  static func divisor(_ degree: Int) -> [UInt8] {
    var factors = Array(repeating: UInt8(0), count: degree - 1) + [1]
    var root: UInt8 = 1
    for _ in 0..<degree {
      for place in factors.indices {
        factors[place] = times(factors[place], root)
        if place + 1 < degree { factors[place] ^= factors[place + 1] }
      }
      root = times(root, 2)
    }
    return factors
  }

  static func remainder(_ data: [UInt8], _ divisor: [UInt8]) -> [UInt8] {
    var rest = Array(repeating: UInt8(0), count: divisor.count)
    for byte in data {
      let factor = byte ^ rest.removeFirst()
      rest.append(0)
      for place in rest.indices { rest[place] ^= times(divisor[place], factor) }
    }
    return rest
  }
}
