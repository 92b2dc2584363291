public import PoseCore

/// Finds the archives that hold pictures whole, by looking into them.
///
/// Neither the order of runs nor their times can tell: clocks go back, an old copy of the database was perhaps in place
/// while a backup ran, and archives that were taken on may be of any time. An archive of before or beside the picture
/// lacks it without listing it as lost.
struct PictureHolders: Sendable {
  let files: BlockingPool

  /// For each picture the run of the first archive that holds it whole; pictures that none holds are left out.
  ///
  /// An archive that is on another machine, that can't be read, or that is not any more what was proven, holds none.
  ///
  /// - Parameters:
  ///   - archives: all that are kept, the newest first.
  ///   - counts: whether an archive may be taken for a holder.
  func find(
    _ pictures: Set<ImageID>, in archives: [KeptArchive], where counts: (KeptArchive) -> Bool
  ) async throws -> [ImageID: Int] {
    var found: [ImageID: Int] = [:]
    var wanted = pictures
    // runs of a repository may name a pack that the newest one found damaged
    let damagedPacks = Set(archives.first?.archive.damagedPacks ?? [])
    for archive in archives where archive.isHere && !wanted.isEmpty && counts(archive) {
      try Task.checkCancellation()
      let candidates = wanted.filter { archive.archive.canBeWhole($0) }
      guard !candidates.isEmpty else { continue }
      let held = try await files.run {
        (try? Self.pictures(candidates, in: archive.archive, besides: damagedPacks)) ?? []
      }
      guard !held.isEmpty, try await isStillProven(archive.archive) else { continue }
      for picture in held { found[picture] = archive.run.id }
      wanted.subtract(held)
    }
    return found
  }

  /// Whether it is, byte by byte, the file that was proven: what rotted since holds nothing.
  private func isStillProven(_ archive: BackupArchive) async throws -> Bool {
    guard let file = try? await files.run({ try ReadFile(archive.path) }) else { return false }
    do {
      return try await FileDigest.of(file, files).sha256 == archive.sha256
    } catch is PoseVaultError {
      try Task.checkCancellation()
      return false
    }
  }

  private static func pictures(
    _ wanted: Set<ImageID>, in archive: BackupArchive, besides damagedPacks: Set<String>
  ) throws -> Set<ImageID> {
    var held: Set<ImageID> = []
    let repository = PackFolder(ofRun: archive.path)
    try archive.readPictures { picture, place in
      guard wanted.contains(picture) else { return }
      if let place {
        guard !damagedPacks.contains(PackFolder.name(of: place.pack)),
          let pack = FileStatus(at: repository.path(of: place.pack)), pack.size >= place.offset + place.size
        else { return }
      }
      held.insert(picture)
    }
    return held
  }
}

extension BackupArchive {
  /// Calls `body` with each picture that it names, and of a run in a repository with the picture's place there; no byte of
  /// a picture is read. Blocks. Throws ``ArchiveDamage``, or `fileSystem`.
  func readPictures(_ body: (ImageID, PicturePlace?) -> Void) throws {
    guard repository == nil else { return try PackedPictures.places(at: path) { body($0.id, $0) } }
    try ZipDirectory(path: path).readNames { name in
      if let picture = EntryName(name)?.picture { body(picture, nil) }
    }
  }

  /// How many pictures of the other it lacks; what is erased since counts, too. Blocks. Throws as
  /// ``readPictures(_:)``.
  func lacking(of other: BackupArchive) throws -> Int {
    var held: Set<ImageID> = []
    try readPictures { picture, _ in held.insert(picture) }
    var count = 0
    try other.readPictures { picture, _ in if !held.contains(picture) { count += 1 } }
    return count
  }

  /// Whether the picture is whole if it is there at all.
  fileprivate func canBeWhole(_ picture: ImageID) -> Bool {
    // of very many damaged pictures only the first ones are listed
    damaged.count >= counts.damagedPictures && !damaged.contains(picture.description)
  }
}

extension BackupRunner {
  /// Those of `pictures` that are whole in an archive which is kept on this machine, which nothing is in doubt about,
  /// and whose run began at `moment` or later, in seconds since 1970.
  public func inGoodArchives(_ pictures: Set<ImageID>, since moment: Int64) async throws -> Set<ImageID> {
    let now = clock()
    let kept = try await KeptArchives(runs: runs, files: files, host: host).load(at: now)
    let holders = try await PictureHolders(files: files).find(pictures, in: kept) {
      !$0.isFromFuture(at: now) && $0.archive.doubts.isEmpty && $0.run.origin.startedAt >= moment
    }
    return Set(holders.keys)
  }
}
