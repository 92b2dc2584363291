import ArgumentParser
import Foundation
import PoseCore

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check the installation: settings, models, storage, pictures, backups and mail.",
    discussion: """
      Prints one line per check: ✓ is fine, ! needs attention, ✗ is wrong. Can be used while serve is running. Like \
      serve, it creates missing tables. It doesn't change pictures unless --fix is given: then pictures without a \
      pose are moved to the trash, and leftovers of interrupted uploads removed, after asking, if PoseVault stored \
      them and they are older than 24 hours. Nothing is removed during a restore or backup, or if there are no poses \
      or no pictures at all. --mail sends a test mail and prints the server's reply.

      Exit status: 0, or 1 if something is wrong.
      """)

  @Flag(help: "Offer to fix what can be fixed: pictures without a pose, changed folders, mismatched stores.")
  var fix = false

  @Flag(help: "With --fix: don't ask for confirmation.")
  var yes = false

  @Flag(help: "Read every picture in full and compare it with its upload. This can take hours.")
  var pictures = false

  @Option(
    help: ArgumentHelp(
      "Also check that the audit trail contains this hash, which you kept from GET /api/audit, an archive or a mail.",
      valueName: "hash"))
  var auditHead: String?

  @Flag(help: "Send a test mail.")
  var mail = false

  @Flag(help: "Also list settings whose meaning or default has changed and that affect this installation.")
  var upgrade = false

  @OptionGroup var settings: SettingsOptions

  func validate() throws {
    if yes, !fix { throw ValidationError("--yes can only be used with --fix.") }
    if fix, !yes, isatty(STDIN_FILENO) != 1 {
      throw ValidationError("--fix asks for confirmation, which needs a terminal. Add --yes to skip it.")
    }
  }

  func run() async throws {
    var report = DoctorReport()
    report.tell(
      .good, "PoseVault \(programVersion), with these libraries:",
      items: Libraries.versions.map { "\($0.name) \($0.version)" })
    do {
      let source = try settings.source()
      if upgrade { tellChanges(source, &report) }
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      report.tell(.good, "Settings are in order.")
      for notice in settings.notices { report.tell(.notice, notice) }
      await checkModels(settings, &report)
      await DecoderCheck.run(&report)
      let archive = await StorageCheck(
        settings: settings, isFixing: fix, isConfirmed: yes, readsPictures: pictures, auditHead: auditHead
      )
      .run(&report)
      checkBackups(settings.backup, archive: archive, report: &report)
      await report.check { try await MailCheck.run(settings.mail, sends: mail, &$0) }
    } catch let mistakes as SettingsMistakes {
      for line in mistakes.lines.dropFirst() { report.tell(.wrong, line) }
    } catch {
      report.tell(error)
    }
    if report.hasFaults { throw ExitStatus.someFailed }
  }

  /// Done before the settings are validated, since a change may be the reason why they are invalid.
  private func tellChanges(_ source: SettingsSource, _ report: inout DoctorReport) {
    let notes = UpgradeNote.all.filter { $0.isMet(source) }
    report.tell(
      .notice, "\(notes.count) changes of settings concern this installation; docs/upgrading.md lists all:",
      items: notes.map { "\($0.key.rawValue): \($0.line)" })
  }

  private func checkModels(_ settings: Settings, _ report: inout DoctorReport) async {
    do {
      try await Composition.withExtractor(settings.extraction, decoder: nil) { try await ModelCheck.run($0) }
      report.tell(.good, "Models load, and a picture went through them.")
    } catch {
      report.tell(error, of: "Models")
    }
  }

  private func checkBackups(_ backup: BackupSettings, archive: Int64, report: inout DoctorReport) {
    FolderCheck.runArchives(backup.folder, named: "The backup folder", archive: archive, report: &report)
    if let copies = backup.copyDirectory {
      FolderCheck.runArchives(copies, named: "The folder of copies", archive: archive, report: &report)
    }
    if let forecast = backup.forecast(after: Composition.clock()) { report.tell(.good, forecast) }
  }
}
