import Glibc
import NIOCore
import PoseCore

/// Splits bytes that arrive in pieces into frames: four bytes with the length, little-endian, and then that many bytes.
struct FrameCutter {
  enum Frame: Equatable {
    case whole([UInt8])
    /// Longer than allowed; it was dropped as it arrived.
    case tooLong(Int)
  }

  let longest: Int
  private var piece: ArraySlice<UInt8> = []
  private var header: [UInt8] = []
  private var content: [UInt8] = []
  /// Of the current frame; nil until its header is complete.
  private var length: Int?
  private var dropped = 0

  /// - Parameter longest: the longest frame that is kept, in bytes.
  init(longest: Int) { self.longest = longest }

  /// Call it when ``next()`` has no more.
  mutating func append(_ piece: [UInt8]) { self.piece += piece }

  /// Whether nothing of another frame has arrived.
  var isAtBorder: Bool { piece.isEmpty && header.isEmpty }

  /// nil if more has to be appended.
  mutating func next() -> Frame? {
    while true {
      guard let length else {
        let more = take(4 - header.count)
        header += more
        guard header.count == 4 else { return nil }
        self.length = LittleEndian.number(header)
        continue
      }
      if length > longest {
        let taken = min(length - dropped, piece.count)
        piece = piece.dropFirst(taken)
        dropped += taken
        guard dropped == length else { return nil }
        begin()
        return .tooLong(length)
      }
      let more = take(length - content.count)
      content += more
      guard content.count == length else { return nil }
      let whole = content
      begin()
      return .whole(whole)
    }
  }

  private mutating func begin() {
    header = []
    content = []
    length = nil
    dropped = 0
  }

  private mutating func take(_ most: Int) -> ArraySlice<UInt8> {
    let taken = piece.prefix(most)
    piece = piece.dropFirst(taken.count)
    return taken
  }
}

/// The pictures in frames on standard input.
actor FrameFeed: PictureFeed {
  private let files: BlockingPool
  private let maxBytes: Int
  private var frames: FrameCutter
  private var hasEnded = false

  init(maxBytes: Int, files: BlockingPool) {
    self.files = files
    self.maxBytes = maxBytes
    frames = FrameCutter(longest: maxBytes)
  }

  func nextPicture() async throws -> FedPicture? {
    while true {
      switch frames.next() {
      case .whole(let bytes): return FedPicture("", .bytes(ByteBuffer(bytes: bytes)))
      case .tooLong(let length): return FedPicture("", .failure(.pictureTooLarge(length, maxBytes: maxBytes)))
      case nil:
        guard !hasEnded else { return nil }
        let piece = try await nextPiece()
        if piece.isEmpty { hasEnded = true } else { frames.append(piece) }
      }
    }
  }

  private func nextPiece() async throws -> [UInt8] {
    while try await !files.run({ Descriptor.isReadable(STDIN_FILENO, within: 200) }) { try Task.checkCancellation() }
    return try await files.run { try Descriptor.read(STDIN_FILENO) }
  }
}
