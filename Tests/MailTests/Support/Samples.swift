import Crypto
import Curl
import Foundation
import Mail
import PoseCore
import TestServers

enum Sample {
  static func letter(
    to: [String] = ["admin@example.org"], subject: String = "Daily DB Backup - 2025-12-10",
    text: String = "Hello,\n\n✓ done\n", attachment: Letter.Attachment? = nil
  ) throws -> Letter {
    Letter(
      from: try MailAddress("backup@example.org"), to: try to.map { try MailAddress($0) }, subject: subject,
      text: text, attachment: attachment, date: 1_765_409_940, identity: "abc123")
  }

  static func smtp(
    _ server: PythonServer, _ encryption: SMTPServer.Encryption = .whereOffered, password: String? = nil,
    trusts: Bool = true, limits: TransferLimits = TransferLimits()
  ) throws -> SMTPTransport {
    SMTPTransport(
      try SMTPServer(
        host: "127.0.0.1", port: server.port, encryption: encryption,
        login: password.map { SMTPServer.Login(user: "backup", password: $0) },
        certificates: trusts ? server.folder + "/ca.pem" : nil),
      limits: limits)
  }

  /// Bytes that don't repeat, with all values among them.
  static func bytes(_ count: Int) -> Data {
    var state: UInt64 = 88_172_645_463_325_252
    return Data(
      (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state)
      })
  }

  static func sha256(_ data: Data) -> String {
    SHA256.hash(data: data).map { String(format: "%02x", $0) }.joined()
  }

  static func archive(
    path: String = "/srv/backups/2025-12-10-backup.zip", size: Int64 = 16_043_213, isShrunk: Bool = false,
    warnings: [String] = []
  ) -> BackupArchive {
    BackupArchive(
      path: path, size: size, sha256: String(repeating: "0123456789abcdef", count: 4),
      counts: BackupCounts(poses: 1234, pictures: 1200, lostPictures: 0, leftOut: 0), isShrunk: isShrunk,
      warnings: warnings)
  }

  /// 10 December 2025, 11:59 PM in Berlin.
  static func notice(_ outcome: BackupNotice.Outcome, isEmbedded: Bool = false) -> BackupNotice {
    BackupNotice(
      outcome, date: 1_765_407_540, host: "alpha", of: place(zone: "Europe/Berlin", isEmbedded: isEmbedded))
  }

  static func place(zone: String, isEmbedded: Bool = false) -> BackupNotice.Place {
    let database = isEmbedded ? "Embedded database, as a MySQL dump" : "MySQL database dump"
    return BackupNotice.Place(
      zone: zone, isForOneServer: isEmbedded, contents: [database, "MongoDB collections export"])
  }
}
