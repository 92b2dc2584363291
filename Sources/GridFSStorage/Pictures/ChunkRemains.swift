import NIOCore
import PoseCore

/// The existing chunks of a damaged picture, each in its place.
struct ChunkRemains: AsyncSequence, Sendable {
  let id: ImageID
  /// In bytes; nil if the document has none that is possible.
  let chunkSize: Int?
  let length: Int?
  let clients: ClientPool

  func makeAsyncIterator() -> Iterator { Iterator(remains: self) }

  struct Iterator: AsyncIteratorProtocol {
    let remains: ChunkRemains
    private var last = -1
    private var waiting: ArraySlice<PictureRemains.Piece> = []
    private var isAtEnd = false

    init(remains: ChunkRemains) {
      self.remains = remains
    }

    mutating func next() async throws -> PictureRemains.Piece? {
      while waiting.isEmpty, !isAtEnd {
        let chunks = try await remains.clients.run("read the picture") { [remains, last] bucket in
          try bucket.chunks(of: remains.id, after: last, limit: remains.chunksAtOnce)
        }
        isAtEnd = chunks.isEmpty
        for chunk in chunks {
          waiting.append(remains.piece(of: chunk, after: last))
          last = chunk.number
        }
      }
      return waiting.popFirst()
    }
  }

  fileprivate var chunksAtOnce: Int {
    Swift.min(Swift.max(1, Self.pieceLength / Swift.max(chunkSize ?? 0, 1)), Self.mostAtOnce)
  }

  fileprivate func piece(of chunk: FoundChunk, after last: Int) -> PictureRemains.Piece {
    let number = chunk.number
    var faults: [String] = []
    if number > last + 1 {
      faults.append(
        number == last + 2
          ? "its chunk \(last + 1) is missing" : "its chunks \(last + 1) to \(number - 1) are missing")
    }
    if chunk.isRepeated { faults.append("its chunk \(number) is there more than once") }
    var bytes = chunk.bytes ?? ByteBuffer()
    if chunk.bytes == nil {
      faults.append("its chunk \(number) holds no bytes")
    } else if let expected = expectedLength(ofChunk: number), bytes.readableBytes != expected {
      faults.append("its chunk \(number) has \(bytes.readableBytes) bytes instead of \(expected)")
      // what is too long would move all that follows
      if expected == chunkSize, expectedLength(ofChunk: number + 1) != nil {
        bytes = bytes.getSlice(at: bytes.readerIndex, length: expected) ?? bytes
      }
    }
    let start = chunkSize?.multipliedReportingOverflow(by: number)
    return PictureRemains.Piece(
      offset: start.flatMap { $0.overflow ? nil : $0.partialValue }, bytes: bytes,
      fault: faults.isEmpty ? nil : faults.joined(separator: ", "))
  }

  /// nil beyond the picture's end, or if that isn't known.
  private func expectedLength(ofChunk number: Int) -> Int? {
    guard let chunkSize, let length else { return nil }
    let (start, overflow) = chunkSize.multipliedReportingOverflow(by: number)
    return overflow || start >= length ? nil : Swift.min(chunkSize, length - start)
  }

  private static let pieceLength = 512 * 1024
  /// A chunk may have 16 MB, whatever the document says.
  private static let mostAtOnce = 100
}

/// One number's chunk as stored.
struct FoundChunk {
  let number: Int
  /// nil if it contains none.
  var bytes: ByteBuffer?
  var isRepeated = false
}

extension Bucket {
  /// At most `limit` chunks of a picture with numbers greater than `last`, by number, each once.
  borrowing func chunks(of id: ImageID, after last: Int, limit: Int) throws -> [FoundChunk] {
    var found: [FoundChunk] = []
    let filter: BSONFields = ["files_id": .id("\(id)"), "n": ["$gt": .int64(Int64(last))]]
    let options: BSONFields = [
      "sort": ["n": 1], "limit": .int64(Int64(limit)), "projection": ["n": 1, "data": 1],
    ]
    try chunks.find(filter, options) { chunk in
      guard let number = chunk.int("n") else { return }
      let bytes = chunk.withBinary("data") { ByteBuffer(bytes: $0) }
      if let end = found.indices.last, found[end].number == number {
        found[end].isRepeated = true
        found[end].bytes = found[end].bytes ?? bytes
      } else {
        found.append(FoundChunk(number: number, bytes: bytes))
      }
    }
    return found
  }
}
