import PoseCore

/// Compares the packs that a run names with the run.
struct PackProof: Sendable {
  /// Which packs are read.
  enum Scope: Sendable {
    case all
    /// These alone; the others must be there with their sizes.
    case fresh(Set<ContentDigest>)
  }

  let folder: PackFolder
  let files: BlockingPool

  /// What is wrong with them; a few findings at most.
  ///
  /// - Parameter report: told how many bytes are read.
  func findings(
    _ pictures: PackedPictures, _ scope: Scope, report: @Sendable (Int) -> Void
  ) async throws -> [ArchiveDamage] {
    var found: [ArchiveDamage] = []
    var read = 0
    for (number, record) in pictures.packs.enumerated() where record.members > 0 && found.count < Self.enough {
      try Task.checkCancellation()
      let members = try await files.run { try pictures.members(of: number) }
      do {
        if try await check(record, members, in: scope) { read += record.size }
        report(read)
      } catch let damage as ArchiveDamage {
        found.append(
          ArchiveDamage(
            damage.place, "\(damage.what); the run has \(Count.text(members.count, "picture")) in it"))
      }
    }
    return found
  }

  /// Whether it was read.
  private func check(_ record: PackRecord, _ members: [PackMember], in scope: Scope) async throws -> Bool {
    let path = folder.path(of: record.sha256)
    guard try await files.run({ FileStatus(at: path) })?.size == record.size else {
      throw ArchiveDamage(PackFolder.name(of: record.sha256), "is missing, or has another size")
    }
    if case .fresh(let fresh) = scope, !fresh.contains(record.sha256) { return false }
    try await Self.read(record, members, at: path, files: files)
    return true
  }

  /// Reads all of a pack. Throws ``ArchiveDamage``.
  static func read(
    _ record: PackRecord, _ members: [PackMember] = [], at path: String, files: BlockingPool
  ) async throws {
    let check = try await files.run { PackCheck(try ReadFile(path), record, members: members) }
    while try await files.run({ try check.checkSome() }) { try Task.checkCancellation() }
  }

  private static let enough = 20
}
