import Backup
import Logging
import PoseCore

/// What a server's log tells of backups.
enum BackupNews {
  static func tell(_ ended: EndedRun, _ logger: Logger) {
    switch ended.run.state {
    case .running: break
    case .proven(let archive, _):
      logger.info("\(line(archive))", metadata: ["run": "\(ended.run.id)"])
      for warning in archive.warnings { logger.warning("Backup: \(warning)") }
    case .failed(let message, _, _):
      logger.error("The backup failed: \(message)", metadata: ["run": "\(ended.run.id)"])
    }
    for note in ended.notes { logger.info("\(note)") }
    for trouble in ended.troubles { logger.error("\(trouble)") }
  }

  static func tell(_ news: BackupScheduler.News, _ logger: Logger) {
    switch news {
    case .begun(let run): logger.info("The scheduled backup has begun", metadata: ["run": "\(run.id)"])
    case .abandoned(let run): tell(EndedRun(run: run), logger)
    case .failed(let error):
      logger.warning("The schedule of backups could not be looked after", metadata: ["error": "\(error)"])
    }
  }

  static func line(_ archive: BackupArchive) -> String {
    let shrunk = archive.isShrunk ? ", but has SHRUNK: no rows, or less than half of before" : ""
    return "The backup \(archive.path) is proven\(shrunk) (\(archive.counts.poses) poses, "
      + "\(archive.counts.pictures) pictures, \(archive.size) bytes)"
  }
}
