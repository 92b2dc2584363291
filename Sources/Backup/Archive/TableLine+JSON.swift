#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import PoseCore

extension TableLine {
  /// nil for anything but a JSON object with an integer as its `id`.
  init?(line: some Collection<UInt8>) {
    guard line.first == UInt8(ascii: "{"), let fields = try? JSONDecoder().decode(Fields.self, from: Data(line)) else {
      return nil
    }
    self.init(id: fields.id, json: Array(line))
  }

  private struct Fields: Decodable { let id: Int }
}
