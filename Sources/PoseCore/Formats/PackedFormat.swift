/// Formats in which a file is compressed as a whole: none is decompressed here, so errors name each of them.
public enum PackedFormat: String, Sendable, CaseIterable {
  case gzip
  case bzip2
  case xz
  case zstd

  /// nil if `beginning`, a file's first bytes, is in none of them.
  public init?(of beginning: some Collection<UInt8>) {
    guard let found = Self.allCases.first(where: { beginning.starts(with: $0.beginning) }) else { return nil }
    self = found
  }

  /// This many bytes are enough to tell.
  public static let beginningLength = 6

  private var beginning: [UInt8] {
    switch self {
    case .gzip: [0x1F, 0x8B]
    case .bzip2: Array("BZh".utf8)
    case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    }
  }
}
