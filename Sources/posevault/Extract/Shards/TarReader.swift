import PoseCore

/// Reads a tar that arrives in pieces of any length: POSIX ustar and pax, GNU's, and the oldest format.
///
/// It is stricter than tools that unpack: a shard is read completely, or it is an error. Links, sparse files and an
/// archive without its end mark are refused, since each would mean that pictures are silently missing. Holds one header
/// and what belongs to it; a member's content is passed on as it arrives.
struct TarReader {
  struct Member: Sendable, Equatable {
    /// As in the archive, without `./` at its start.
    let name: FilePath
    /// In bytes.
    let size: Int
  }

  enum Event: Equatable {
    case member(Member)
    case content(ArraySlice<UInt8>)
    /// Of the member.
    case memberEnd
    /// Of the archive, and of everything appended.
    case end
  }

  private enum State {
    case header
    /// pax records, or a name that is too long for a header.
    case extra(TarHeader.Kind)
    case content
    case padding
    /// After the first block of zeros.
    case ending
    case ended
  }

  /// In bytes, of what precedes a header to complete it.
  static let longestExtra = 1024 * 1024

  private var state = State.header
  /// What has arrived and has not been processed yet.
  private var piece: ArraySlice<UInt8> = []
  private var inputHasEnded = false
  /// A header or what completes it, as far as it has arrived.
  private var collected: [UInt8] = []
  /// Bytes of the content or of the extra that are still to come, and the zeros after it.
  private var rest = 0
  private var padding = 0
  private var extras = TarExtras()
  private var member = Member(name: "", size: 0)
  /// How many bytes have been consumed so far.
  private(set) var position = 0

  /// An empty piece is the end. Call it when ``next()`` has no more.
  mutating func append(_ piece: [UInt8]) {
    if piece.isEmpty { inputHasEnded = true } else { self.piece += piece }
  }

  /// nil if more has to be appended. Throws ``TarDamage``.
  mutating func next() throws -> Event? {
    while true {
      switch state {
      case .header:
        guard try collect(TarHeader.length) else { return nil }
        if let event = try take(header: collected) { return event }
      case .extra(let kind):
        guard try collect(rest) else { return nil }
        try extras.add(collected, kind, at: position)
        collected = []
        rest = 0
        state = .padding
      case .content:
        if rest == 0 {
          state = .padding
          return .memberEnd
        }
        guard try hasMore() else { return nil }
        let taken = piece.prefix(rest)
        piece = piece.dropFirst(taken.count)
        position += taken.count
        rest -= taken.count
        return .content(taken)
      case .padding:
        while padding > 0 {
          guard try hasMore() else { return nil }
          let taken = min(padding, piece.count)
          piece = piece.dropFirst(taken)
          position += taken
          padding -= taken
        }
        state = .header
      case .ending:
        guard piece.allSatisfy({ $0 == 0 }) else {
          throw TarDamage("The tar continues after its end marker; concatenated tars are not supported.")
        }
        position += piece.count
        piece = []
        guard inputHasEnded else { return nil }
        state = .ended
        return .end
      case .ended: return .end
      }
    }
  }

  /// What a header begins; nil if it is only part of one.
  private mutating func take(header bytes: [UInt8]) throws -> Event? {
    collected = []
    guard !bytes.allSatisfy({ $0 == 0 }) else {
      guard extras.isEmpty else { throw TarDamage("The tar ends in the middle of a header, at byte \(position).") }
      state = .ending
      return nil
    }
    let header = try TarHeader(bytes, at: position - TarHeader.length)
    switch header.kind {
    case .longName, .longLink, .pax, .globalPax:
      guard header.size <= Self.longestExtra else {
        throw TarDamage(
          "A header of the tar has \(header.size) bytes, at byte \(position); the limit is \(Self.longestExtra).")
      }
      begin(header.size, .extra(header.kind))
      return nil
    case .file, .folder, .label:
      let name = extras.name ?? header.name
      let size = header.kind == .file ? extras.size ?? header.size : 0
      if extras.isSparse { throw TarDamage("\(name.shown) is a sparse file, which is not supported.") }
      guard !name.bytes.isEmpty, !name.bytes.contains(0) else {
        throw TarDamage("A member of the tar has no name, at byte \(position - TarHeader.length).")
      }
      extras = TarExtras()
      // the oldest form has folders as files whose name ends with a slash
      let isFolder = header.kind != .file || name.bytes.last == FilePath.slash
      begin(size, .content)
      if isFolder, size == 0 {
        state = .header
        return nil
      }
      member = Member(name: name.withoutDotAtStart, size: size)
      return .member(member)
    case .other(let what):
      throw TarDamage("\((extras.name ?? header.name).shown) is \(what), which is not supported.")
    }
  }

  private mutating func begin(_ size: Int, _ next: State) {
    rest = size
    padding = (TarHeader.length - size % TarHeader.length) % TarHeader.length
    state = next
  }

  /// Whether `count` bytes have been collected.
  private mutating func collect(_ count: Int) throws -> Bool {
    while collected.count < count {
      guard try hasMore() else { return false }
      let taken = piece.prefix(count - collected.count)
      collected += taken
      piece = piece.dropFirst(taken.count)
      position += taken.count
    }
    return true
  }

  /// Whether there is a byte to process; throws if none will come.
  private func hasMore() throws -> Bool {
    if !piece.isEmpty { return true }
    guard inputHasEnded else { return false }
    switch state {
    case .content, .padding:
      throw TarDamage(
        "The tar is truncated in \(member.name.shown): it should have \(member.size) bytes, but has "
          + "\(member.size - rest)."
      )
    default:
      throw TarDamage(
        position == 0 ? "The tar is empty." : "The tar is truncated at byte \(position): it has no end marker.")
    }
  }
}

/// What is wrong with a tar, for a person.
struct TarDamage: Error, Equatable {
  let message: String

  init(_ message: String) { self.message = message }
}

extension FilePath {
  fileprivate var withoutDotAtStart: FilePath {
    var bytes = bytes[...]
    while bytes.starts(with: "./".utf8), bytes.count > 2 { bytes = bytes.dropFirst(2) }
    return FilePath(bytes: bytes)
  }
}
