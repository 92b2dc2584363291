import ArgumentParser
import Backup
import Foundation
import PoseCore
import Server

struct EraseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase",
    abstract: "Erase pictures for good, with all that is known of them, and tell which archives still hold them.",
    discussion: """
      Each ID is a pose's. Its picture is removed at once, with every pose of it, from the trash, too: nothing can be \
      brought back. Where the picture shows other poses, nothing is erased without --all.

      The pictures' ids, without names, go into a ledger, in the database and as erased.jsonl beside the archives. \
      Every restore applies it, so that an old archive does not bring them back. The archives themselves are not \
      changed; they are named, with the day on which the rules remove them.

        posevault erase 7
        posevault erase --all --yes 7 8 9

      Exit status: 0, or 1 when one of them was not erased, or not wholly yet.
      """)

  @Flag(help: "Also erase the other poses of the pictures.")
  var all = false

  @Flag(help: "Don't ask.")
  var yes = false

  @Flag(help: "Print a line of JSON for each.")
  var json = false

  @OptionGroup var settings: SettingsOptions

  @Argument(help: ArgumentHelp("Of poses.", valueName: "id"))
  var ids: [Int]

  func validate() throws {
    if let id = ids.first(where: { $0 < 1 }) { throw ValidationError("'\(id)' is no pose's id.") }
    if !yes, isatty(STDIN_FILENO) != 1 {
      throw ValidationError("erase asks before it removes anything and needs a terminal for that; else add --yes.")
    }
  }

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      guard try await mayErase() else { return }
      try await Composition.withStorage(settings.stores, noting: "erase") { storage in
        try await storage.runs.requireWhole()
        try await Composition.withBackups(of: storage, settings) { backups in
          let erasing = Composition.pictureErasing(settings, storage, backups)
          var isWhole = true
          for id in ids where try await !erase(id, erasing) { isWhole = false }
          if !isWhole { throw ExitStatus.someFailed }
        }
      }
    }
  }

  private func mayErase() async throws -> Bool {
    if yes { return true }
    return try await StandardInput.confirms(
      "Erase the pictures of \(Count.text(ids.count, "pose")) for good? Nothing can bring them back.")
  }

  /// Whether the erasure is complete.
  private func erase(_ id: Int, _ eraser: PictureErasing) async throws -> Bool {
    do {
      guard let report = try await eraser.erase(pose: id, all: all, if: { _ in }) else {
        StandardError.write("There is no pose \(id), nor is it in the trash.")
        return false
      }
      if json {
        var line = JSONWriter()
        line.object { report.writeFields(into: &$0) }
        try StandardOutput.write(String(decoding: line.bytes, as: UTF8.self))
      } else {
        try tell(report)
      }
      return report.isPictureGone
    } catch let error as PoseVaultError where error.code == .sharedPicture {
      StandardError.write(
        "Pose \(id) is not erased: its picture shows other poses, too (\(error.details["poses"] ?? "")). --all erases them."
      )
      return false
    }
  }

  private func tell(_ report: ErasureReport) throws {
    let poses = report.erasure.poses.map(String.init).joined(separator: ", ")
    let picture = report.erasure.picture.map { "picture \($0)" } ?? "no picture of ours"
    try StandardOutput.write("Erased: pose \(poses), \(picture).")
    for archive in report.archives {
      let host = archive.host.map { " on \($0)" } ?? ""
      let end = archive.until.map { "until \(Timestamp.iso8601($0).prefix(10))" } ?? "with no end that is known"
      try StandardOutput.write("May hold it: \(archive.path)\(host), \(end)")
    }
    for note in report.notes { StandardError.write(note) }
  }
}
