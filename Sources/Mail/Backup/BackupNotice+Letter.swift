import PoseCore

extension BackupNotice {
  var subject: String {
    switch outcome {
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
      }
    return (["Hello,"] + paragraphs + ["Best regards,\nAutomated Backup System\n"]).joined(separator: "\n\n")
  }

  private var time: LocalTime { LocalTime(date, zone: zone) }

  private func proven(_ archive: BackupArchive, _ form: Form) -> [String] {
    [
      "Your daily database backup has been completed successfully.",
      """
      Backup Details:
      - Date: \(time.longDay)
      - Time: \(time.clock)
      - File: \(archive.fileName)
      - Size: \(ByteSize.text(archive.size))
      """,
      """
      The backup includes:
      ✓ \(isEmbedded ? "Embedded database, as a MySQL dump" : "MySQL database dump")
      ✓ \(isEmbedded ? "Embedded picture list, as a MongoDB collections export" : "MongoDB collections export")
      ✓ All stored images
      """,
      "Verification: \(verification(archive))",
    ] + warnings(archive) + whereabouts(archive, form)
  }

  private func verification(_ archive: BackupArchive) -> String {
    let counts = archive.counts
    let verdict =
      archive.isShrunk
      ? "proven, but SHRUNK to less than half of the last backup, or empty; older backups are kept"
      : archive.warnings.isEmpty ? "proven" : "proven with warnings"
    let (poses, pictures) = (Count.text(counts.poses, "pose"), Count.text(counts.pictures, "picture"))
    return "\(verdict) (\(poses) and \(pictures) restored and compared)"
  }

  private func warnings(_ archive: BackupArchive) -> [String] {
    guard !archive.warnings.isEmpty else { return [] }
    return [(["Warnings:"] + archive.warnings.map { "- \($0)" }).joined(separator: "\n")]
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
      lastProven.map { "The last proven backup is \($0.fileName) (\(ByteSize.text($0.size)))." }
        ?? "There is no proven backup at all.",
    ]
  }
}

extension BackupArchive {
  var fileName: String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
