public import NIOCore
import PoseCore

/// Bytes that stand for a picture: a store must not care what they are.
enum SampleBytes {
  /// A block of random bytes repeated; its length is prime, so that misplaced bytes don't go unnoticed.
  static func make(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var generator = SplitMix(state: seed)
    let block = (0..<65_521).map { _ in UInt8.random(in: 0...255, using: &generator) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + block.count)
    while bytes.count < count { bytes += block }
    return Array(bytes.prefix(count))
  }
}

/// Yields `bytes` in pieces of the given lengths, in turn; then ends, fails, or waits to be cancelled.
public struct Pieces: AsyncSequence, Sendable {
  enum End: Sendable {
    case normal
    case failure(any Error)
    /// Calls the function, waits for a cancellation, and throws as a task's sleep does, or ends as `AsyncStream` does.
    case waiting(_ reached: @Sendable () -> Void, endsQuietly: Bool)
  }

  let bytes: [UInt8]
  let lengths: [Int]
  let end: End

  public init(bytes: [UInt8]) {
    self.init(bytes: bytes, lengths: [65_536])
  }

  init(bytes: [UInt8], lengths: [Int] = [65_536], end: End = .normal) {
    (self.bytes, self.lengths, self.end) = (bytes, lengths, end)
  }

  public func makeAsyncIterator() -> Iterator { Iterator(pieces: self) }

  public struct Iterator: AsyncIteratorProtocol {
    let pieces: Pieces
    var sent = 0
    var count = 0

    public mutating func next() async throws -> ByteBuffer? {
      if sent < pieces.bytes.count {
        let piece = pieces.bytes[sent...].prefix(pieces.lengths[count % pieces.lengths.count])
        sent += piece.count
        count += 1
        return ByteBuffer(bytes: piece)
      }
      switch pieces.end {
      case .normal: return nil
      case .failure(let error): throw error
      case .waiting(let reached, let endsQuietly):
        reached()
        do {
          try await Task.sleep(for: .seconds(60))
        } catch  where endsQuietly {
        }
        return nil
      }
    }
  }
}

extension ImageStore {
  /// Stores `bytes` under a new id.
  func putSample(_ bytes: [UInt8], pieces: [Int] = [65_536], metadata: ImageMetadata = .init()) async throws -> ImageID
  {
    let id = ImageID.generate(at: 1_765_362_600)
    try await put(
      id, Pieces(bytes: bytes, lengths: pieces), length: bytes.count, uploadedAt: 1_765_362_600, metadata: metadata)
    return id
  }

  /// The bytes of `range` in one piece; nil when the picture isn't there.
  func bytes(_ id: ImageID, _ range: Range<Int>? = nil) async throws -> [UInt8]? {
    guard let stream = try await read(id, range: range) else { return nil }
    var bytes: [UInt8] = []
    for try await piece in stream { bytes += piece.readableBytesView }
    return bytes
  }
}

/// Compares without printing megabytes.
func requireSameBytes(
  _ found: [UInt8]?, _ expected: some Collection<UInt8>, _ what: String, line: UInt = #line,
  file: StaticString = #fileID
) throws {
  guard let found else { throw ContractViolation("\(what): not there", line, file) }
  if found == Array(expected) { return }
  try requireEqual(found.count, expected.count, "\(what): length", line: line, file: file)
  if let place = zip(found, expected).enumerated().first(where: { $0.element.0 != $0.element.1 }) {
    throw ContractViolation("\(what): byte \(place.offset) differs", line, file)
  }
}
