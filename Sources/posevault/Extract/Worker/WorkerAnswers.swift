import Foundation
import Glibc
import PoseCore

/// What a worker sends before its first record: `PVWORK01`, and a frame with this as JSON.
struct WorkerGreeting: Codable, Sendable {
  /// The program's version.
  let program: String
  let models: ModelDigests
  let maxPoses: Int
  let maxUploadBytes: Int
  let maxPixels: Int

  func bytes() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = try Array(encoder.encode(self))
    return Array("PVWORK01".utf8) + LittleEndian.bytes(UInt32(clamping: json.count)) + json
  }
}

/// A worker's process: processes the pictures in frames on standard input, and writes a record for each.
struct WorkerAnswers: Sendable {
  private let pictures: ExtractRun

  init(_ pictures: ExtractRun) { self.pictures = pictures }

  /// Until the worker closes its end.
  func run() async throws {
    // that the models are loaded
    try await write(LittleEndian.bytes(0))
    do {
      try await pictures.run(FrameFeed(maxBytes: pictures.maxBytes, files: pictures.files)) { outcome in
        switch outcome.result {
        case .success(let extraction): try await write(WorkerRecord.bytes(extraction))
        case .failure(let error): try await write(WorkerRecord.bytes(error))
        }
      }
    } catch Descriptor.Failure.brokenPipe {
      // the worker is gone
    }
  }

  private func write(_ bytes: [UInt8]) async throws {
    try await pictures.files.run { try Descriptor.write(bytes, to: STDOUT_FILENO) }
  }
}
