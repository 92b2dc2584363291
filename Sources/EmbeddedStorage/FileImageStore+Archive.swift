public import PoseCore

extension FileImageStore: ArchivableImages {
  public func document(_ id: ImageID) async throws -> [UInt8]? { nil }

  public func notIncluded() async throws -> [String] { [] }
}
