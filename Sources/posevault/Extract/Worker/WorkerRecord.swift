import PoseCore

/// A worker's answer for one picture; see docs/worker.md for its format. All numbers are little-endian.
enum WorkerRecord {
  enum Status: UInt32 {
    case ok, nobody, unsupported, corrupt, tooLarge, crashed
  }

  /// Of a pose in a record: the score, 33 landmarks of x, y, z, visibility, presence, and 33 of x, y, z in metres.
  static let floatsOfPose = 1 + 33 * 5 + 33 * 3

  /// No record is longer: a hundred people and a message.
  static let longest = 1024 * 1024

  static func bytes(_ extraction: Extraction) -> [UInt8] {
    let status: Status = extraction.poses.isEmpty ? .nobody : .ok
    let poses = extraction.poses.flatMap { pose -> [Float] in
      var floats = [pose.score]
      for point in pose.keypoints { floats += [point.x, point.y, point.z, point.visibility, point.presence] }
      for point in pose.worldKeypoints { floats += [point.x, point.y, point.z] }
      return floats
    }
    return record(
      status, size: (extraction.header.width, extraction.header.height), people: extraction.poses.count, message: "",
      floats: poses)
  }

  static func bytes(_ error: PoseVaultError) -> [UInt8] {
    let status: Status =
      switch error.code {
      case .unsupportedImage: .unsupported
      case .corruptImage: .corrupt
      case .imageTooLarge: .tooLarge
      default: .crashed
      }
    return record(status, size: (0, 0), people: 0, message: error.message, floats: [])
  }

  private static func record(
    _ status: Status, size: (width: Int, height: Int), people: Int, message: String, floats: [Float]
  ) -> [UInt8] {
    let text = Array(message.utf8)
    let numbers = [status.rawValue] + [size.width, size.height, people, text.count].map { UInt32(clamping: $0) }
    var body: [UInt8] = []
    body.reserveCapacity(4 * (numbers.count + floats.count) + text.count)
    for number in numbers { body += LittleEndian.bytes(number) }
    body += text
    // never -0, as in JSON
    for float in floats { body += LittleEndian.bytes((float + 0).bitPattern) }
    return LittleEndian.bytes(UInt32(clamping: body.count)) + body
  }
}

enum LittleEndian {
  static func bytes(_ number: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }

  /// - Parameter bytes: four of them.
  static func number(_ bytes: some Sequence<UInt8>) -> Int {
    bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
