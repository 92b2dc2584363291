import NIOCore
import PoseCore

/// Rows on disk, in the order in which they came. All calls block.
// Guarded by: its one user makes one call after another.
final class RowSpool: @unchecked Sendable {
  private let file: SpoolFile
  private var unread = ByteBuffer()

  init(in folder: String) throws {
    file = try SpoolFile(in: folder)
  }

  func append(_ poses: [PoseRecord]) throws {
    var buffer = ByteBuffer()
    for value in poses.flatMap(\.values) { buffer.write(value) }
    try file.append(buffer.readableBytesView)
  }

  func rewind() throws {
    try file.rewind()
    unread.clear()
  }

  /// The next rows, at most `limit`; empty at the end.
  func next(_ limit: Int) throws -> [PoseRecord] {
    var poses: [PoseRecord] = []
    while poses.count < limit {
      if let pose = unread.readPose() {
        poses.append(pose)
        continue
      }
      let piece = try file.read()
      guard !piece.isEmpty else {
        guard unread.readableBytes == 0 else { throw PoseVaultError(.internal, "The spool of rows is cut short.") }
        break
      }
      unread.discardReadBytes()
      unread.writeBytes(piece)
    }
    return poses
  }
}

extension ByteBuffer {
  fileprivate mutating func write(_ value: ColumnValue) {
    switch value {
    case .null: writeInteger(UInt8(0))
    case .integer(let number): writeMultipleIntegers(UInt8(1), number)
    case .single(let number): writeMultipleIntegers(UInt8(2), number.bitPattern)
    case .time(let seconds): writeMultipleIntegers(UInt8(3), seconds)
    case .text(let bytes):
      writeMultipleIntegers(UInt8(4), bytes.count)
      writeBytes(bytes)
    }
  }

  /// nil, and nothing read, unless all of it is there.
  fileprivate mutating func readPose() -> PoseRecord? {
    var buffer = self
    var values = [ColumnValue]()
    for _ in DumpColumn.all {
      guard let value = buffer.readValue() else { return nil }
      values.append(value)
    }
    self = buffer
    return PoseRecord(values: values)
  }

  private mutating func readValue() -> ColumnValue? {
    switch readInteger(as: UInt8.self) {
    case 0: .null
    case 1: readInteger().map { .integer($0) }
    case 2: readInteger().map { .single(Float(bitPattern: $0)) }
    case 3: readInteger().map { .time($0) }
    case 4: readInteger(as: Int.self).flatMap { readBytes(length: $0) }.map { .text($0) }
    default: nil
    }
  }
}
