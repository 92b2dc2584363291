import ArgumentParser
import Foundation
import PoseCore

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check settings, data folder, database, models and pictures.",
    discussion: """
      Prints a line per check: ✓ is well, ! deserves a look, ✗ is wrong. Works beside a running serve. The \
      storage is opened as serve does it, so missing tables are made; pictures stay as they are, unless --fix is \
      given: then those that no pose names, and what interrupted uploads left, are removed after asking, if they \
      are ours and older than 24 hours. Nothing is removed while a restore or a backup is under way, or where no \
      pose or no picture is left.

      Exit status: 0, or 1 when something is wrong.
      """)

  @Flag(help: "Remove pictures that nothing refers to.")
  var fix = false

  @Flag(help: "With --fix: don't ask.")
  var yes = false

  @OptionGroup var settings: SettingsOptions

  func validate() throws {
    if yes, !fix { throw ValidationError("--yes goes with --fix.") }
    if fix, !yes, isatty(STDIN_FILENO) != 1 {
      throw ValidationError("--fix asks before it removes anything and needs a terminal for that; else add --yes.")
    }
  }

  func run() async throws {
    var report = DoctorReport()
    do {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.storage))
      report.tell(.good, "Settings are in order.")
      for notice in settings.notices { report.tell(.notice, notice) }
      await checkModels(settings, &report)
      try await checkStorage(settings, &report)
    } catch let mistakes as SettingsMistakes {
      for line in mistakes.lines.dropFirst() { report.tell(.wrong, line) }
    } catch let error as PoseVaultError {
      report.tell(.wrong, error.message)
    }
    if report.hasFaults { throw ExitStatus.someFailed }
  }

  private func checkModels(_ settings: Settings, _ report: inout DoctorReport) async {
    do {
      try await Composition.withExtractor(settings.extraction) { try await ModelCheck.run($0) }
      report.tell(.good, "Models load, and a picture went through them.")
    } catch {
      report.tell(.wrong, "Models: \((error as? PoseVaultError)?.message ?? "\(error)")")
    }
  }

  private func checkStorage(_ settings: Settings, _ report: inout DoctorReport) async throws {
    if case .embedded(let directory) = settings.storage {
      guard DataFolderCheck.run(directory, &report) else { return }
    }
    try await Composition.withStorage(settings.storage) { storage in
      if let damage = try await storage.damage?() {
        report.tell(
          damage.isEmpty ? .good : .wrong,
          damage.isEmpty ? "The database is sound." : "The database is damaged: \(damage.joined(separator: "; ")).")
      }
      for warning in try await storage.warnings() { report.tell(.notice, warning) }
      let yesterday = Int64(Date().timeIntervalSince1970) - 86_400
      let check = Composition.pictureCheck(storage)
      try await tellLostPictures(check, &report)
      let obstacle = fix ? try await obstacle(check) : nil
      if let obstacle { report.tell(.notice, obstacle) }
      let mayFix = fix && obstacle == nil
      try await checkOrphans(check, before: yesterday, mayFix, &report)
      try await checkStrays(storage.strays, before: yesterday, mayFix, &report)
    }
  }

  /// Why nothing may be removed now.
  private func obstacle(_ check: PictureCheck) async throws -> String? {
    if try await check.runs.isRestoringOrBackingUp(at: check.clock()) {
      return "A restore or a backup is under way, or a restore was broken off: nothing is removed."
    }
    // also what a table that lost its rows looks like, or the wrong database
    if try await check.hasNoPoses() { return "There is no pose at all, so nothing is removed." }
    let hasNoPictures = try await check.images.list(after: nil, limit: 1).isEmpty
    return hasNoPictures ? "There is no picture at all, so nothing is removed." : nil
  }

  private func tellLostPictures(_ check: PictureCheck, _ report: inout DoctorReport) async throws {
    let lost = try await check.lostPictures()
    report.tell(
      lost.isEmpty ? .good : .wrong, lost.isEmpty ? "Every pose has its picture." : PictureCheck.line(lost: lost))
  }

  private func checkOrphans(
    _ check: PictureCheck, before limit: Int64, _ mayFix: Bool, _ report: inout DoctorReport
  ) async throws {
    let orphans = try await check.orphans(before: limit)
    if orphans.isEmpty {
      report.tell(.good, "No picture of ours is without a pose.")
    } else if mayFix, confirm(PictureCheck.line(orphans: orphans)) {
      let removed = try await check.remove(orphans.map(\.id))
      report.tell(.good, "Removed pictures that no pose named: \(removed).")
    } else {
      report.tell(.notice, PictureCheck.line(orphans: orphans) + (fix ? "" : " `posevault doctor --fix` removes them."))
    }
  }

  private func checkStrays(
    _ pictures: any StrayPictures, before limit: Int64, _ mayFix: Bool, _ report: inout DoctorReport
  ) async throws {
    let strays = try await pictures.strays(before: limit)
    guard !strays.isEmpty else { return }
    let line = "Left by interrupted uploads more than a day ago: \(strays.count), such as \(strays[0])."
    if mayFix, confirm(line) {
      let removed = try await pictures.remove(strays: strays)
      report.tell(.good, "Removed what interrupted uploads had left: \(removed).")
    } else {
      report.tell(.notice, line + (fix ? "" : " `posevault doctor --fix` removes them."))
    }
  }

  private func confirm(_ line: String) -> Bool {
    if yes { return true }
    StandardError.writeRaw(line + " Remove them? [y/N] ")
    return ["y", "yes"].contains(readLine()?.lowercased())
  }
}
