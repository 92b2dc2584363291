import NIOCore
import PoseCore

/// The bytes of a range of a picture; each piece is looked up when it is needed, so that a slow reader holds neither a
/// connection nor a cursor.
struct ChunkBytes: AsyncSequence, Sendable {
  let file: StoredFile
  let range: Range<Int>
  /// The beginning of `range`, already read.
  let first: ByteBuffer
  let clients: ClientPool

  func makeAsyncIterator() -> Iterator {
    Iterator(file: file, rest: range, first: first, clients: clients)
  }

  struct Iterator: AsyncIteratorProtocol {
    let file: StoredFile
    var rest: Range<Int>
    var first: ByteBuffer?
    let clients: ClientPool

    mutating func next() async throws -> ByteBuffer? {
      guard !rest.isEmpty else { return nil }
      let piece = try await nextPiece()
      rest = rest.lowerBound + piece.readableBytes..<rest.upperBound
      return piece
    }

    private mutating func nextPiece() async throws -> ByteBuffer {
      if let first {
        self.first = nil
        return first
      }
      return try await clients.run("read the picture") { [file, rest] bucket in
        try bucket.firstPiece(of: rest, file)
      }
    }
  }
}

extension Bucket {
  /// How many bytes of chunks are requested at once, or one chunk if those are longer.
  private static let pieceLength = 512 * 1024
  /// How many chunks are requested at once: with its fields, a chunk of one byte takes fifty.
  private static let chunksPerPiece = 10_000

  /// The first bytes of `range`, as many as are requested at once.
  borrowing func firstPiece(of range: Range<Int>, _ file: StoredFile) throws -> ByteBuffer {
    let most = min(max(1, Self.pieceLength / max(file.chunkSize, 1)), Self.chunksPerPiece)
    let numbers = try file.chunks(of: range).prefix(most)
    guard let last = numbers.last else { return ByteBuffer() }
    let piece = range.lowerBound..<min(range.upperBound, file.bytes(ofChunk: last).upperBound)
    var buffer = ByteBufferAllocator().buffer(capacity: piece.count)
    var expected = numbers.lowerBound
    let count = BSONValue.int64(Int64(numbers.count))
    // otherwise a batch would end at 101 documents
    let options: BSONFields = [
      "sort": ["n": 1], "limit": count, "batchSize": count, "singleBatch": true, "projection": ["n": 1, "data": 1],
    ]
    try chunks.find(Self.filter(file, numbers), options) { chunk in
      let place = file.bytes(ofChunk: expected)
      let count = try chunk.withBinary("data") { data in
        guard data.count == place.count else {
          throw file.damaged("its chunk \(expected) has \(data.count) bytes instead of \(place.count)")
        }
        let part = place.clamped(to: piece)
        buffer.writeBytes(data[part.lowerBound - place.lowerBound..<part.upperBound - place.lowerBound])
        return data.count
      }
      guard count != nil, chunk.int("n") == expected else { throw file.damaged("its chunk \(expected) is missing") }
      expected += 1
    }
    guard expected == numbers.upperBound else { throw file.damaged("its chunk \(expected) is missing") }
    return buffer
  }

  /// Throws unless all chunks of `range` exist; reads only the index.
  borrowing func checkChunks(of range: Range<Int>, _ file: StoredFile) throws {
    let numbers = try file.chunks(of: range)
    guard !numbers.isEmpty else { return }
    let found = try chunks.count(Self.filter(file, numbers))
    guard found == numbers.count else { throw file.damaged("\(numbers.count - found) of its chunks are missing") }
  }

  private static func filter(_ file: StoredFile, _ numbers: Range<Int>) -> BSONFields {
    [
      "files_id": .id("\(file.image.id)"),
      "n": ["$gte": .int64(Int64(numbers.lowerBound)), "$lt": .int64(Int64(numbers.upperBound))],
    ]
  }
}
