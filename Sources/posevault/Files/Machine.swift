import Foundation
import PoseCore

enum Machine {
  /// The machine's own name, as `hostname` prints it.
  static let name: String = {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    return EscapedText.text(name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)))
  }()
}
