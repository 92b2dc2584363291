/// A library that this process has loaded, and the version that it reports.
public struct LibraryVersion: Hashable, Sendable {
  public let name: String
  /// As the library reports it, on one line; never empty.
  public let version: String

  public init(_ name: String, version: String?) {
    self.name = name
    self.version = version.flatMap { $0.isEmpty ? nil : $0 } ?? "unknown"
  }
}
