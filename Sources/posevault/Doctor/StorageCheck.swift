import PoseCore

/// The storage, and everything in it.
struct StorageCheck {
  let settings: Settings
  let isFixing: Bool
  let isConfirmed: Bool
  /// Whether to read every byte of the pictures.
  let readsPictures: Bool
  /// A hash of the audit trail to look for.
  var auditHead: String?

  /// The size of the last proven archive in bytes, 0 if there is none or it isn't known.
  func run(_ report: inout DoctorReport) async -> Int64 {
    for folder in Set([settings.stores.poses.folder, settings.stores.pictures.folder].compactMap { $0 })
    where !FolderCheck.runData(folder, &report) {
      // no folder, no key in it
      if folder == settings.stores.poses.folder, let openness = settings.openness { report.tell(.wrong, openness) }
      return 0
    }
    var archive: Int64 = 0
    do {
      try await Composition.withStorage(settings.stores) { archive = await look(into: $0, &report) }
    } catch {
      if settings.stores.folder == nil {
        await tellApart(error, &report)
      } else {
        report.tell(error)
      }
    }
    return archive
  }

  private func look(into storage: Composition.Storage, _ report: inout DoctorReport) async -> Int64 {
    await report.check { report in
      guard let damage = try await storage.database.damage?() else { return }
      report.tell(
        damage.isEmpty ? .good : .wrong,
        damage.isEmpty ? "The database is intact." : "The database is damaged: \(damage.joined(separator: "; ")).")
    }
    await report.check { report in
      for warning in try await storage.warnings() { report.tell(.notice, warning) }
    }
    await report.check {
      try await AuditTrailCheck.run(
        storage.audit, lookingFor: auditHead, keepDays: settings.auditKeepDays, at: Composition.clock(), &$0)
    }
    await report.check { report in try await KeyCheck.run(settings, storage.access, report: &report) }
    await report.check { report in
      let trash = try await storage.trash.totals()
      guard trash.count > 0 else { return }
      report.tell(.notice, "In the trash: \(Count.text(trash.count, "picture")) (\(trash.bytes / 1_000_000) MB).")
    }
    let pair = Composition.storePair(settings, storage)
    await PictureRepair(
      storage: storage, pair: pair, isWanted: isFixing, isConfirmed: isConfirmed, readsAll: readsPictures
    ).run(&report)
    var archive: Int64 = 0
    await report.check { report in
      let repair = BackupRepair(pair: pair, isWanted: isFixing, isConfirmed: isConfirmed)
      try await Composition.withBackups(of: storage, settings) { backups in
        archive = try await BackupCheck.run(backups, repair: repair, report: &report)
        try await ErasureCheck.run(storage, backups, &report)
      }
    }
    return archive
  }

  /// If only one store can be used, that is reported, too.
  private func tellApart(_ error: any Error, _ report: inout DoctorReport) async {
    var failures = 0
    for (name, open) in Composition.openings(settings.stores) {
      do {
        try await open()
        report.tell(.good, "\(name) answers.")
      } catch {
        failures += 1
        report.tell(error)
      }
    }
    // one that answers again by now
    if failures == 0 { report.tell(error) }
    report.tell(.notice, "Poses, pictures and backups could not be checked.")
  }
}
