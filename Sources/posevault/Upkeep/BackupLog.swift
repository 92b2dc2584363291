import Backup
import Logging
import PoseCore

/// A server's log messages about backups.
enum BackupLog {
  static func tell(_ news: BackupDesk.News, _ logger: Logger) {
    switch news {
    case .begun(let run): logger.info("Backup started", metadata: ["run": "\(run.id)"])
    case .ended(let ended): tell(ended, logger)
    case .cleanedUp(let cleanUp):
      for line in lines(cleanUp) { logger.error("\(line)") }
    case .waiting(_, let mark):
      logger.warning(
        "A scheduled backup is waiting for a restore to finish",
        metadata: ["host": "\(mark.host)", "file": "\(mark.file)"])
    case .accepted(let run):
      logger.warning("A backup in doubt was accepted", metadata: ["run": "\(run.id)"])
    case .alert(let lines):
      for line in lines { logger.error("\(line)") }
    case .failing(let error):
      logger.report(error, "The backup schedule can't be checked")
    }
  }

  private static func tell(_ ended: EndedRun, _ logger: Logger) {
    switch ended.run.state {
    case .running: break
    case .proven(let archive, _):
      logger.info("\(line(archive))", metadata: ["run": "\(ended.run.id)"])
      for warning in archive.warnings { logger.warning("Backup: \(warning)") }
      for doubt in archive.doubts { logger.error("Backup \(archive.isInDoubt ? "in doubt" : "accepted"): \(doubt)") }
    case .failed(let message, _, _):
      var metadata: Logger.Metadata = ["run": "\(ended.run.id)"]
      metadata["cause"] = ended.cause.map { "\($0)" }
      logger.error("The backup failed: \(message)", metadata: metadata)
    }
    for note in ended.notes { logger.info("\(note)") }
    for trouble in ended.troubles { logger.error("\(trouble)") }
  }

  static func lines(_ cleanUp: CleanUp) -> [String] {
    let runs = cleanUp.abandoned.compactMap { run -> String? in
      guard case .failed(let message, _, _) = run.state else { return nil }
      return "Backup run \(run.id) failed: \(message)"
    }
    guard !cleanUp.removed.isEmpty else { return runs }
    return runs + ["Removed leftovers of killed backups: \(cleanUp.removed.joined(separator: ", "))"]
  }

  static func line(_ archive: BackupArchive) -> String {
    let shrunk = archive.isShrunk ? ", but has SHRUNK: no rows, or less than half of the best one" : ""
    return "The backup \(archive.path) is proven\(shrunk) (\(archive.counts.poses) poses, "
      + "\(archive.counts.pictures) pictures, \(archive.size) bytes)"
  }
}
