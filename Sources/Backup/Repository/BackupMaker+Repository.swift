import PoseCore

extension BackupMaker {
  /// Makes and proves a run of a repository. Packs that it has written stay also where this throws: the next run finds
  /// them again.
  func createRun(
    _ plan: BackupPlan, rules: RepositoryRules, report: @escaping Report
  ) async throws -> ProvenBackup {
    let folder = PackFolder(path: plan.folder)
    try await files.run { try folder.prepare() }
    let lock = try await turn(in: folder)
    defer { withExtendedLifetime(lock) {} }
    let startedAt = clock()
    let partial = try await files.run { try folder.work.begin(named: "\(plan.day)-backup-run") }
    do {
      let indexes = IndexMaker(scratch: scratch, folder: folder.work.path)
      let survey = PackSurvey(folder: folder, files: files, indexes: indexes, now: startedAt, rules: rules)
      let index = try await survey.index()
      let findings = index.warnings
      let packs = try await files.run { [files, clock] in
        try PackBuilder(
          folder, index, indexes: indexes, day: plan.day, length: rules.packLength, files: files, clock: clock)
      }
      let packing = Packing(for: self, plan: plan, into: folder.work, packs: packs, report: report)
      let packed = try await packing.pack(into: partial)
      let manifest = packed.manifest
      do {
        try await prove(partial, manifest: manifest, plan: plan, freshPacks: packs.fresh, report: report)
      } catch let error as PoseVaultError where error.code == .backupUnproven {
        await Task { [files] in try? await files.run { packs.removeDamaged() } }.value
        throw error
      }
      let digest = try await FileDigest.of(partial, files)
      let path = try await files.run {
        let path = try folder.publishRun(partial, at: startedAt)
        PackNotes(in: folder.work).clear()
        return path
      }
      var made = ProvenBackup(path: path, size: digest.size, sha256: digest.sha256, manifest: manifest)
      made.findings = findings
      made.namedPictures = packed.namedPictures
      // the same pictures in the same order are the same pack, which is whole again then
      made.damagedPacks = index.damaged.filter { !packs.fresh.contains($0) }.map { PackFolder.name(of: $0) }
      made.notes = packs.notes
      made.note(packed.storeFaults)
      return made
    } catch {
      // in a task of its own, because what a cancelled run has written must go, too
      await Task { [files] in try? await files.run { partial.discard() } }.value
      throw error
    }
  }
}

extension BackupMaker {
  /// Waits for others that write to the repository: several databases may share it, and be due at the same time.
  private func turn(in folder: PackFolder) async throws -> RepositoryLock {
    let end = ContinuousClock.now + turnPatience
    while true {
      if let lock = try await files.run({ try RepositoryLock(folder) }) { return lock }
      guard .now < end else {
        throw PoseVaultError(.backupRunning, "Another process is using the repository \(folder.path).")
      }
      try await Task.sleep(for: turnPause)
    }
  }
}

extension ProvenBackup {
  /// Says what was wrong with pictures in the store that the repository has whole.
  fileprivate mutating func note(_ faults: [ImageID: Packing.StoreFault]) {
    for (id, fault) in faults.sorted(by: { $0.key < $1.key }) {
      switch fault {
      case .missing:
        lostInStore.append(id)
        findings.append("The picture \(id) is no longer in the store. The repository has an intact copy.")
      case .damaged(let what):
        damagedInStore.append(id)
        findings.append("The picture \(id) is damaged in the store: \(what). The repository has an intact copy.")
      }
    }
  }
}
