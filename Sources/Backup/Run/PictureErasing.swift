public import PoseCore

/// Erases pictures from the stores, writes the ledger next to the archives, and reports which of these still contain
/// the pictures.
public struct PictureErasing: PictureEraser {
  let ledger: any ErasureLedger
  let images: any ImageStore
  let runner: BackupRunner

  /// - Parameter images: the store itself, in which pictures in the trash are visible, too.
  public init(ledger: any ErasureLedger, images: any ImageStore, runner: BackupRunner) {
    self.ledger = ledger
    self.images = images
    self.runner = runner
  }

  public func erase(
    pose id: Int, all: Bool, if condition: @escaping PoseRepository.Condition
  ) async throws -> ErasureReport? {
    guard let erasure = try await ledger.erase(pose: id, all: all, at: runner.clock(), if: condition) else {
      return nil
    }
    var report = ErasureReport(erasure: erasure, isPictureGone: false, archives: [], notes: [])
    await removePicture(of: erasure, &report)
    await writeLedger(&report)
    await nameArchives(&report)
    return report
  }

  private func removePicture(of erasure: Erasure, _ report: inout ErasureReport) async {
    do {
      if let picture = erasure.picture { try await images.delete(picture) }
      try await ledger.finish(erasure.id)
      report.isPictureGone = true
    } catch {
      report.notes.append(
        "The picture could not be removed yet; a server tries again each hour. \(BackupRunner.reason(error))")
    }
  }

  private func writeLedger(_ report: inout ErasureReport) async {
    do {
      let upkeep = ErasureUpkeep(ledger: ledger, images: images, runner: runner)
      for fault in try await upkeep.write() {
        report.notes.append(
          "The ledger beside the archives could not be written; it is tried again each hour. \(fault)")
      }
    } catch {
      report.notes.append(
        "The ledger beside the archives could not be written; it is tried again each hour. "
          + BackupRunner.reason(error))
    }
  }

  private func nameArchives(_ report: inout ErasureReport) async {
    do {
      report.archives = try await runner.holders(of: report.erasure.picture)
      report.notes += try await runner.unknownHolders(since: report.erasure.picture?.seconds ?? .min)
      if try await runner.isUnderWay() {
        report.notes.append("A backup is under way: its archive may come to hold the picture, too.")
      }
    } catch {
      report.notes.append("Which archives hold the picture is not known. \(BackupRunner.reason(error))")
    }
    if runner.hasRepository {
      report.notes.append(
        "In a repository, a picture stays in its pack as long as a kept run names any picture of that pack.")
    } else if report.archives.contains(where: { $0.until == nil }) {
      report.notes.append("Archives without a date are kept by the rules until somebody removes them.")
    }
    report.notes.append("Mails and copies that were made outside of PoseVault are not known to it.")
  }
}
