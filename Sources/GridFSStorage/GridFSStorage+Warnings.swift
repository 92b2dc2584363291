import PoseCore

extension GridFSStorage {
  /// What about the MongoDB server makes pictures less safe than they could be, each in one line; empty when nothing
  /// does.
  public func warnings() async throws -> [String] {
    try await images.clients.run("look at the settings of MongoDB") { bucket in
      [try bucket.oldVersion(), try bucket.weakWrites()].compactMap { $0 }
    }
  }
}

extension Bucket {
  fileprivate borrowing func oldVersion() throws -> String? {
    try read(["buildInfo": 1]) { info in
      guard let (major, minor) = Self.version(info), (major, minor) < (4, 4) else { return nil }
      return "MongoDB is version \(major).\(minor); 4.4 is the oldest that PoseVault is made for."
    }
  }

  private static func version(_ info: DocumentFields) -> (Int, Int)? {
    guard let major = info.int("versionArray.0"), let minor = info.int("versionArray.1") else { return nil }
    return (major, minor)
  }

  /// Asks for a journaled majority write that changes nothing: no document has this id.
  fileprivate borrowing func weakWrites() throws -> String? {
    do {
      _ = try files.deleteOne(["_id": .id("\(ImageID.generate(at: 0))")])
      return nil
    } catch let failure as MongoFailure where failure.kind == .noJournal {
      return "MongoDB keeps no journal: no picture can be stored until it is started with one."
    } catch let failure as MongoFailure where failure.kind == .unconfirmed {
      return "MongoDB does not confirm writes by a majority of its servers: too few of them are up."
    }
  }
}
