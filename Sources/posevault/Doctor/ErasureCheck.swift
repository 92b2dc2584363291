import Backup
import PoseCore

/// Whether what was erased stays erased: the ledger in the pose database and the files beside the archives.
enum ErasureCheck {
  static func run(
    _ storage: Composition.Storage, _ backups: Composition.Backups, _ report: inout DoctorReport
  ) async throws {
    let upkeep = ErasureUpkeep(ledger: storage.erasures, images: storage.images, runner: backups.runner)
    let (erasures, pending, files) = try await upkeep.standings()
    for file in files {
      if let fault = file.fault { report.tell(.wrong, fault) }
      if file.lacks > 0 {
        report.tell(
          .wrong,
          "\(file.path) lacks \(Count.text(file.lacks, "erasure")): a restore from there would bring back what was erased. "
            + "serve writes them within an hour, `posevault backup adopt` at once.")
      }
      if file.unknown > 0 {
        report.tell(
          .notice,
          "\(file.path) has \(Count.text(file.unknown, "erasure")) that this database doesn't know. serve applies them within "
            + "an hour, `posevault backup adopt` at once.")
      }
    }
    if pending > 0 {
      report.tell(.notice, "Erased pictures that may still be stored: \(pending). serve removes them within an hour.")
    }
    let isWhole = files.allSatisfy { $0.fault == nil && $0.lacks == 0 }
    if erasures > 0, isWhole {
      report.tell(
        .good,
        "The ledger has \(Count.text(erasures, "erasure")), and is beside the archives: "
          + "\(files.map(\.path).joined(separator: ", ")).")
    }
  }
}
