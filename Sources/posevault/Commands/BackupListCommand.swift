import ArgumentParser
import Backup
import Foundation
import PoseCore
import Server

struct BackupListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "List the backup runs, newest first.",
    discussion: """
      Prints one line per run: its id, start time, result, and the archive's path, size, poses and pictures. Archives \
      that no longer exist or are on another machine are marked. --json prints the runs as GET /api/backups returns \
      them, one JSON object per line.
      """)

  @Option(help: ArgumentHelp("Maximum number of runs.", valueName: "n"))
  var limit = 50

  @Flag(help: "Print one JSON object per line.")
  var json = false

  @OptionGroup var settings: SettingsOptions

  func validate() throws {
    guard (1...100_000).contains(limit) else { throw ValidationError("--limit must be from 1 to 100000.") }
  }

  func run() async throws {
    try await reportingFailure {
      let source = try settings.source()
      let settings = try Settings(source)
      StandardError.write(StartLines.origin(source, settings.stores))
      try await Composition.withStorage(settings.stores) { storage in
        try await Composition.withBackups(of: storage, settings) { backups in
          let desk = BackupDesk(backups.runner)
          var last = Int?.none
          var left = limit
          while left > 0 {
            let page = try await desk.runs(before: last, limit: min(left, 200))
            guard let end = page.last else { return }
            for run in page {
              try StandardOutput.write(
                json ? Self.json(run) : await line(of: run, desk: desk, zone: backups.rules.zone))
            }
            last = end.id
            left = left - page.count
          }
        }
      }
    }
  }

  private static func json(_ run: BackupRun) -> String {
    var json = JSONWriter()
    json.object(run.writeFields)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  private func line(of run: BackupRun, desk: BackupDesk, zone: TimeZone) async -> String {
    let format = Date.ISO8601FormatStyle(timeZone: zone)
    let start = Date(timeIntervalSince1970: Double(run.origin.startedAt)).formatted(format)
    let head = "\(run.id)\t\(start)\t\(run.origin.claim == nil ? "asked for" : "scheduled")"
    switch run.state {
    case .running: return "\(head)\trunning: \(run.phase), \(Int(run.progress * 100)) %"
    case .failed(let message, _, _): return "\(head)\tFAILED: \(message)"
    case .proven(let archive, _):
      var verdict = archive.isShrunk ? "proven, SHRUNK" : "proven"
      if !archive.warnings.isEmpty { verdict += " with warnings" }
      if !archive.doubts.isEmpty { verdict += archive.isInDoubt ? ", IN DOUBT" : ", accepted" }
      let counts = "\(archive.counts.poses) poses, \(archive.counts.pictures) pictures, \(archive.size) bytes"
      return "\(head)\t\(verdict)\t\(archive.path)\t\(counts)\(await whereabouts(run, desk))"
    }
  }

  private func whereabouts(_ run: BackupRun, _ desk: BackupDesk) async -> String {
    do {
      _ = try await desk.archive(of: run)
      return ""
    } catch let error as PoseVaultError where error.code == .archiveElsewhere {
      return "\ton \(run.origin.host)"
    } catch {
      return "\tno longer exists"
    }
  }
}
