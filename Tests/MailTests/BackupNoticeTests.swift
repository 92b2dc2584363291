import Foundation
import PoseCore
import Testing

@testable import Mail

@Suite("The mail of a backup")
struct BackupNoticeTests {
  @Test("is word for word what people filter on, with one line more")
  func contract() {
    let notice = Sample.notice(.proven(Sample.archive()))
    #expect(notice.subject == "Daily DB Backup - 2025-12-10")
    #expect(
      notice.text(.archive) == """
        Hello,

        Your daily database backup has been completed successfully.

        Backup Details:
        - Date: December 10, 2025
        - Time: 11:59 PM
        - File: 2025-12-10-backup.zip
        - Size: 15.3 MB

        The backup includes:
        ✓ MySQL database dump
        ✓ MongoDB collections export
        ✓ All stored images

        Verification: proven (1234 poses and 1200 pictures restored and compared)

        Please find the backup file attached to this email.

        Best regards,
        Automated Backup System

        """)
  }

  @Test("bears the newest hash of each server's audit trail")
  func audit() {
    var archive = Sample.archive()
    archive.audit = [
      AuditHead(server: "alpha", number: 812, hash: String(repeating: "a1", count: 32)),
      AuditHead(server: "beta", number: 7, hash: String(repeating: "b2", count: 32)),
    ]
    let text = Sample.notice(.proven(archive)).text(.archive)
    #expect(
      text.contains(
        """
        Verification: proven (1234 poses and 1200 pictures restored and compared)

        Audit trail (`posevault doctor --audit-head HASH` compares):
        - alpha: entry 812, \(String(repeating: "a1", count: 32))
        - beta: entry 7, \(String(repeating: "b2", count: 32))

        Please find
        """))
  }

  @Test("of a run of a repository says where the pictures are, and what of them was read")
  func repository() {
    let archive = Sample.archive(path: "/srv/repository/runs/20251210T225900Z.zip")
    let text = Sample.notice(.proven(archive)).text(.archive)
    #expect(text.contains("attached to this email. It contains no pictures: they are in the packs of the repository"))
    #expect(text.contains("/srv/repository on alpha."))
    let proof = "1234 poses restored and compared; 1200 pictures in the repository, the new ones read again"
    #expect(text.contains("Verification: proven (\(proof))"))
  }

  @Test("says where an archive lies that is not attached")
  func whereabouts() {
    let notice = Sample.notice(.proven(Sample.archive(size: 5_368_709_120)))
    for form in [BackupNotice.Form.extract, .nothing] {
      let text = notice.text(form)
      #expect(text.contains("- Size: 5.0 GB\n"))
      #expect(text.contains("- Host: alpha\n- Path: /srv/backups/2025-12-10-backup.zip\n- Size: 5368709120 bytes\n"))
      #expect(text.contains("- SHA-256: " + String(repeating: "0123456789abcdef", count: 4)))
      #expect(text.contains("manifest and database dump") == (form == .extract))
      #expect(!text.contains("Please find the backup file attached"))
    }
  }

  @Test("says that it is of the embedded storage, shrunk, or proven with warnings")
  func remarks() {
    let embedded = Sample.notice(.proven(Sample.archive()), isEmbedded: true).text(.archive)
    #expect(embedded.contains("✓ Embedded database") && !embedded.contains("✓ MySQL database dump"))
    #expect(
      Sample.notice(.proven(Sample.archive(isShrunk: true))).text(.archive).contains("Verification: proven, but SHRUNK")
    )
    let warnings = ["picture 1 is lost", "There is no copy."]
    let text = Sample.notice(.proven(Sample.archive(warnings: warnings))).text(.archive)
    #expect(text.contains("Verification: proven with warnings"))
    #expect(text.contains("\nWarnings:\n- picture 1 is lost\n- There is no copy.\n"))
  }

  @Test("counts one thing as one")
  func one() {
    var archive = Sample.archive()
    archive.counts = BackupCounts(poses: 1, pictures: 1, lostPictures: 0, leftOut: 0)
    #expect(
      Sample.notice(.proven(archive)).text(.archive)
        .contains("Verification: proven (1 pose and 1 picture restored and compared)\n"))
  }

  @Test("of an archive in doubt says so in its subject, says why, and never that all is there")
  func inDoubt() {
    var archive = Sample.archive()
    archive.counts.lostPictures = 12
    archive.doubts = ["12 pictures are lost or damaged."]
    var notice = Sample.notice(.proven(archive))
    notice.run = 41
    #expect(notice.subject == "Daily DB Backup IN DOUBT - 2025-12-10")
    let text = notice.text(.archive)
    #expect(!text.contains("completed successfully") && !text.contains("✓ All stored images"))
    #expect(text.contains("- 12 pictures are lost or damaged.\n") && text.contains("posevault backup accept 41"))
    #expect(text.contains("✗ 1200 stored images, 12 LOST\n"))
    archive.acceptedAt = 1
    let accepted = Sample.notice(.proven(archive))
    #expect(accepted.subject == "Daily DB Backup - 2025-12-10")
    #expect(!accepted.text(.archive).contains("✓ All stored images"))
  }

  @Test("of a good archive beside something else that is wrong is in doubt, and says what it is")
  func beyond() throws {
    var notice = Sample.notice(.proven(Sample.archive()))
    notice.beyond = []
    #expect(notice.subject == "Daily DB Backup - 2025-12-10")
    notice.beyond = ["The two stores are not a pair."]
    #expect(notice.subject == "Daily DB Backup IN DOUBT - 2025-12-10")
    let text = notice.text(.archive)
    #expect(!text.contains("completed successfully") && text.contains("- The two stores are not a pair.\n"))
    #expect(try BackupNotice(notice.mail(dueAt: 1)) == notice)
  }

  @Test("of what no run tells lists it, and what there still is")
  func alert() throws {
    let notice = Sample.notice(.alert(lines: ["BACKUP_DIR is gone."], lastProven: Sample.archive()))
    #expect(notice.subject == "Daily DB Backup IN DOUBT - 2025-12-10")
    let text = notice.text(.nothing)
    #expect(text.contains("- BACKUP_DIR is gone.\n"))
    #expect(text.contains("The last proven backup is 2025-12-10-backup.zip"))
    #expect(try BackupNotice(notice.mail(dueAt: 1)) == notice)
  }

  @Test("of an older version in the queue is read as it was")
  func older() throws {
    let content = """
      {"outcome":{"proven":{"_0":{"path":"/b/2025-12-10-backup.zip","size":5,"sha256":"ab","isShrunk":false,
      "counts":{"poses":1,"pictures":1,"lostPictures":0,"leftOut":0},"warnings":[]}}},"date":1765407540,
      "zone":"UTC","host":"alpha","isEmbedded":false,"identity":"x"}
      """
    let notice = try BackupNotice(NewMail(host: nil, content: content, dueAt: 1))
    let text = notice.text(.archive)
    #expect(text.contains("✓ MySQL database dump\n✓ MongoDB collections export\n✓ All stored images"))
    #expect(notice.run == nil)
  }

  @Test("of a failure tells the reason, and what there still is")
  func failure() {
    let notice = Sample.notice(.failed(reason: "The disk is full.", lastProven: Sample.archive()))
    #expect(notice.subject == "Daily DB Backup FAILED - 2025-12-10")
    let text = notice.text(.nothing)
    #expect(text.contains("- Date: December 10, 2025\n- Time: 11:59 PM\n- Host: alpha\n- Reason: The disk is full.\n"))
    #expect(text.contains("The last proven backup is 2025-12-10-backup.zip (15.3 MB)."))
    let none = Sample.notice(.failed(reason: "no", lastProven: nil)).text(.nothing)
    #expect(none.contains("There is no proven backup at all."))
  }

  @Test("carries the archive up to the limit, and what is smaller beyond it")
  func forms() {
    for (size, forms) in [
      (18_000_000, [.archive, .extract, .nothing]), (18_000_001, [.extract, .nothing]),
    ] as [(Int64, [BackupNotice.Form])] {
      #expect(Sample.notice(.proven(Sample.archive(size: size))).forms(limit: 18_000_000) == forms)
    }
    #expect(Sample.notice(.failed(reason: "no", lastProven: Sample.archive())).forms(limit: 1) == [.nothing])
  }

  @Test("is dated by the due time, in the run's zone, and survives the queue")
  func ofRuns() throws {
    let origin = BackupOrigin(
      host: "beta", pid: 1, startedAt: 1_765_410_000, claim: ScheduleClaim(dueAt: 1_765_407_540, attempt: 1))
    func ofRun(_ state: BackupRun.State, _ zone: String, isEmbedded: Bool = false) -> BackupNotice? {
      let run = BackupRun(id: 3, origin: origin, heartbeatAt: 0, phase: "", progress: 1, state: state)
      return BackupNotice(run, lastProven: nil, of: Sample.place(zone: zone, isEmbedded: isEmbedded))
    }
    let state = BackupRun.State.proven(Sample.archive(), at: 1_765_410_100)
    let notice = try #require(ofRun(state, "America/New_York"))
    #expect(notice.subject.hasSuffix("2025-12-10") && notice.text(.archive).contains("- Time: 5:59 PM\n"))
    let mail = try notice.mail(dueAt: 7)
    #expect(mail.host == "beta" && mail.dueAt == 7)
    #expect(try BackupNotice(mail) == notice)
    #expect(ofRun(.running, "UTC") == nil)
    let failed = BackupRun.State.failed(message: "no", isRepeated: true, at: 1)
    #expect(try ofRun(failed, "UTC")?.mail(dueAt: 7).host == nil)
    #expect(try ofRun(state, "UTC", isEmbedded: true)?.mail(dueAt: 7).host == nil, "one machine, whatever its name")
  }

  @Test(
    "writes times of day and sizes as people do",
    arguments: [
      (0, "12:00 AM"), (43_199, "11:59 AM"), (43_200, "12:00 PM"), (46_800, "1:00 PM"), (86_340, "11:59 PM"),
    ])
  func clock(seconds: Int64, text: String) {
    #expect(LocalTime(seconds, zone: "UTC").clock == text)
  }

  @Test(
    "sizes",
    arguments: [
      (0, "0.0 KB"), (51, "0.0 KB"), (1536, "1.5 KB"), (1_048_575, "1.0 MB"), (16_043_213, "15.3 MB"),
      (1_073_741_824, "1.0 GB"),
    ])
  func sizes(bytes: Int64, text: String) {
    #expect(ByteSize.text(bytes) == text)
  }

  @Test("waits longer after each attempt, at most six hours")
  func backoff() {
    #expect((1...8).map(Backoff.seconds) == [60, 240, 960, 3840, 15_360, 21_600, 21_600, 21_600])
  }
}
