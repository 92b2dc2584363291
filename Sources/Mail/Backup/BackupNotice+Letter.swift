import PoseCore

extension BackupNotice {
  var subject: String {
    switch outcome {
    case .proven(let archive) where archive.isInDoubt || hasTroublesBeyond: "Daily DB Backup IN DOUBT - \(time.day)"
    case .alert, .unreachable: "Daily DB Backup IN DOUBT - \(time.day)"
    case .proven: "Daily DB Backup - \(time.day)"
    case .failed: "Daily DB Backup FAILED - \(time.day)"
    }
  }

  /// The text of a mail that carries `form`. People filter on its words: they do not change.
  func text(_ form: Form) -> String {
    let paragraphs =
      switch outcome {
      case .proven(let archive): proven(archive, form)
      case .failed(let reason, let lastProven): failed(reason, lastProven)
      case .alert(let lines, let lastProven): alert(lines, lastProven)
      case .unreachable(let lines): unreachable(lines)
      }
    return (["Hello,"] + paragraphs + ["Best regards,\nAutomated Backup System\n"]).joined(separator: "\n\n")
  }

  private var hasTroublesBeyond: Bool { beyond?.isEmpty == false }

  private var time: LocalTime { LocalTime(date, zone: zone) }

  private func proven(_ archive: BackupArchive, _ form: Form) -> [String] {
    beginning(archive) + [
      """
      Backup Details:
      - Date: \(time.longDay)
      - Time: \(time.clock)
      - File: \(archive.fileName)
      - Size: \(ByteSize.text(archive.size))
      """,
      """
      The backup includes:
      \(contents.map { "✓ \($0)" }.joined(separator: "\n"))
      \(images(archive))
      """,
      "Verification: \(verification(archive))",
    ] + warnings(archive) + whereabouts(archive, form)
  }

  private func beginning(_ archive: BackupArchive) -> [String] {
    guard archive.isInDoubt else {
      guard hasTroublesBeyond else { return ["Your daily database backup has been completed successfully."] }
      return ["An archive was made and verified, but your daily database backup is IN DOUBT:", list(beyond ?? [])]
    }
    let command = run.map { "`posevault backup accept \($0)`, or the button on the page Backups" } ?? "the page Backups"
    return [
      "Your daily database backup is IN DOUBT. An archive was made and verified, but it may not hold all that it should:",
      list(archive.doubts + (beyond ?? [])),
      "No older backup is removed until this is mended, or somebody says that it is right: \(command).",
    ]
  }

  private func list(_ lines: [String]) -> String { lines.map { "- \($0)" }.joined(separator: "\n") }

  /// All are there only where none is missing and none is in doubt.
  private func images(_ archive: BackupArchive) -> String {
    let counts = archive.counts
    guard archive.losses > 0 || archive.isInDoubt else { return "✓ All stored images" }
    var parts = ["\(Count.text(counts.pictures, "stored image"))"]
    if counts.damagedPictures > 0 { parts.append("\(counts.damagedPictures) of them DAMAGED") }
    if counts.lostPictures > 0 { parts.append("\(counts.lostPictures) LOST") }
    return "✗ " + parts.joined(separator: ", ")
  }

  private func verification(_ archive: BackupArchive) -> String {
    let counts = archive.counts
    var verdict: String
    if archive.isShrunk {
      verdict = "proven, but SHRUNK to less than half of the best backup that is kept, or empty; older backups are kept"
    } else if archive.isInDoubt {
      verdict = "proven, but IN DOUBT; older backups are kept"
    } else {
      verdict = archive.warnings.isEmpty ? "proven" : "proven with warnings"
    }
    if counts.damagedPictures > 0 { verdict += ", \(Count.text(counts.damagedPictures, "picture")) damaged" }
    if counts.lostPictures > 0 { verdict += ", \(Count.text(counts.lostPictures, "picture")) lost" }
    let (poses, pictures) = (Count.text(counts.poses, "pose"), Count.text(counts.pictures, "picture"))
    return "\(verdict) (\(poses) and \(pictures) restored and compared)"
  }

  private func warnings(_ archive: BackupArchive) -> [String] {
    guard !archive.warnings.isEmpty else { return [] }
    return ["Warnings:\n" + list(archive.warnings)]
  }

  private func whereabouts(_ archive: BackupArchive, _ form: Form) -> [String] {
    if form == .archive { return ["Please find the backup file attached to this email."] }
    let attached =
      form == .extract ? ["Attached are its manifest and its database dump alone, without the pictures."] : []
    return [
      """
      The backup file could not be attached to this email. It lies here:
      - Host: \(host)
      - Path: \(archive.path)
      - Size: \(archive.size) bytes
      - SHA-256: \(archive.sha256)
      """
    ] + attached
  }

  private func alert(_ lines: [String], _ lastProven: BackupArchive?) -> [String] {
    [
      "Something is wrong with your daily database backup, and no run tells of it:",
      list(lines),
      """
      Details:
      - Date: \(time.longDay)
      - Time: \(time.clock)
      - Host: \(host)
      """,
      last(lastProven),
    ]
  }

  private func unreachable(_ lines: [String]) -> [String] {
    [
      "The stores of your poses and pictures can't be used. Until they can, uploads are refused and no backup is made:",
      list(lines),
      """
      Details:
      - Date: \(time.longDay)
      - Time: \(time.clock)
      - Host: \(host)
      """,
    ]
  }

  private func last(_ lastProven: BackupArchive?) -> String {
    lastProven.map { "The last proven backup is \($0.fileName) (\(ByteSize.text($0.size)))." }
      ?? "There is no proven backup at all."
  }

  private func failed(_ reason: String, _ lastProven: BackupArchive?) -> [String] {
    [
      "Your daily database backup has FAILED. There is no new backup.",
      """
      Details:
      - Date: \(time.longDay)
      - Time: \(time.clock)
      - Host: \(host)
      - Reason: \(reason)
      """,
      last(lastProven),
    ]
  }
}
