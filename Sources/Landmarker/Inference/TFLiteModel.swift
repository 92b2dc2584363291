import PoseCore

/// A TFLite model file, of which only the list of outputs is understood.
///
/// OpenVINO computes only what the outputs need, so an output removed from the list costs nothing. Source: the
/// FlatBuffers binary format and TFLite's `schema.fbs` (Model.subgraphs is field 2; SubGraph.tensors 0,
/// SubGraph.outputs 2; Tensor.shape 0).
struct TFLiteModel {
  private(set) var bytes: [UInt8]

  /// Throws `modelUnavailable` if `bytes` is not a TFLite file.
  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    guard bytes.count > 8, bytes[4..<8].elementsEqual("TFL3".utf8) else { throw Self.malformed }
  }

  /// Removes the outputs with that shape from the list.
  mutating func removeOutputs(ofShape shape: [Int]) throws {
    let model = try offset(at: 0)
    let subgraph = try element(0, ofVector: field(2, of: model))
    let tensors = try field(0, of: subgraph)
    let outputs = try field(2, of: subgraph)
    var kept = 0
    for index in 0..<(try integer(at: outputs)) {
      let tensor = try integer(at: outputs + 4 + 4 * index)
      let sides = try field(0, of: element(tensor, ofVector: tensors))
      let rank = try integer(at: sides)
      guard rank <= 8 else { throw Self.malformed }
      if try (0..<rank).map({ try integer(at: sides + 4 + 4 * $0) }) != shape {
        try write(tensor, at: outputs + 4 + 4 * kept)
        kept += 1
      }
    }
    try write(kept, at: outputs)
  }

  /// Where the content of a table's field begins; the field must exist and be a vector.
  private func field(_ number: Int, of table: Int) throws -> Int {
    let layout = table - Int(try signed(at: table))
    guard layout >= 0, layout + 4 <= bytes.count, 6 + 2 * number <= short(at: layout) else { throw Self.malformed }
    guard layout + 6 + 2 * number <= bytes.count else { throw Self.malformed }
    let position = short(at: layout + 4 + 2 * number)
    guard position != 0 else { throw Self.malformed }
    return try offset(at: table + position)
  }

  private func element(_ index: Int, ofVector vector: Int) throws -> Int {
    guard index < (try integer(at: vector)) else { throw Self.malformed }
    return try offset(at: vector + 4 + 4 * index)
  }

  /// The position that the relative offset at `position` points to.
  private func offset(at position: Int) throws -> Int {
    position + (try integer(at: position))
  }

  private func integer(at position: Int) throws -> Int {
    let value = try signed(at: position)
    guard value >= 0 else { throw Self.malformed }
    return Int(value)
  }

  private func signed(at position: Int) throws -> Int32 {
    guard position >= 0, position + 4 <= bytes.count else { throw Self.malformed }
    return (0..<4).reduce(0) { $0 | Int32(bitPattern: UInt32(bytes[position + $1]) << UInt32(8 * $1)) }
  }

  private func short(at position: Int) -> Int {
    Int(bytes[position]) | Int(bytes[position + 1]) << 8
  }

  private mutating func write(_ value: Int, at position: Int) throws {
    guard position >= 0, position + 4 <= bytes.count else { throw Self.malformed }
    for byte in 0..<4 { bytes[position + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
  }

  private static let malformed = PoseVaultError(.modelUnavailable, "it is not a TFLite file.")
}
