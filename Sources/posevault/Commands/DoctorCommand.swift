import ArgumentParser
import Foundation
import PoseCore

struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Check the installation: settings, models, storage, pictures, backups and mail.",
    discussion: """
      Prints a line per check: ✓ is fine, ! needs a look, ✗ is wrong. Works beside a running serve. The \
      storage is opened as serve does it, so missing tables are made; pictures stay as they are, unless --fix is \
      given: then those that no pose names, and what interrupted uploads left, are removed after asking, if they \
      are ours and older than 24 hours. Nothing is removed while a restore or a backup is under way, or where no \
      pose or no picture is left. --mail sends a test mail and tells what the server said.

      Exit status: 0, or 1 when something is wrong.
      """)

  @Flag(help: "Remove pictures that nothing refers to.")
  var fix = false

  @Flag(help: "With --fix: don't ask.")
  var yes = false

  @Flag(help: "Read every picture whole and compare it with what was uploaded. May take hours.")
  var pictures = false

  @Option(
    help: ArgumentHelp(
      "Also look for this hash of the audit trail, which was noted earlier, as GET /api/audit shows it.",
      valueName: "hash"))
  var auditHead: String?

  @Flag(help: "Send a test mail.")
  var mail = false

  @Flag(help: "Also name the settings whose meaning or default has changed, where that concerns this installation.")
  var upgrade = false

  @OptionGroup var settings: SettingsOptions

  func validate() throws {
    if yes, !fix { throw ValidationError("--yes goes with --fix.") }
    if fix, !yes, isatty(STDIN_FILENO) != 1 {
      throw ValidationError("--fix asks before it removes anything and needs a terminal for that; else add --yes.")
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

  /// Before the settings are judged, since a change may be what they fail by.
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
