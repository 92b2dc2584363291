public import PoseCore

/// What a storage's tests supply so that ``TrashContract`` can try its trash and its ledger; new and empty for each check.
public protocol TrashFixture: Sendable {
  /// Opens the storage; called again, it first closes what was opened before, as a restart would.
  func openTrash() async throws -> OpenTrash
}

public struct OpenTrash: Sendable {
  public var trash: any TrashStore
  public var erasures: any ErasureLedger
  public var poses: any ArchivablePoses
  public var uploads: any UploadKeys

  public init(
    trash: any TrashStore, erasures: any ErasureLedger, poses: any ArchivablePoses, uploads: any UploadKeys
  ) {
    self.trash = trash
    self.erasures = erasures
    self.poses = poses
    self.uploads = uploads
  }
}

/// What every ``TrashStore`` and ``ErasureLedger`` must do.
public enum TrashContract {
  public typealias Check = StorageCheck<any TrashFixture>

  private static let now: Int64 = 1_765_362_600

  public static var checks: [Check] { deleted + erased }

  private static let deleted: [Check] = [
    Check("a deleted pose is a row no more, and comes back as it was, after a restart too") { fixture in
      let opened = try await fixture.openTrash()
      let row = try await opened.poses.insert([Sample.detailed(1, fileName: "Müller \u{1F600} 100%.jpg")])[0]
      _ = try await opened.poses.update(row.id, keypoints: Sample.keypoints(2), at: now + 1, if: { _ in })
      let before = try requirePresent(try await opened.poses.find(row.id, with: .all))
      let deleted = try await opened.trash.discard(pose: row.id, length: 1234, at: now + 5, if: { _ in })
      try requireEqual(deleted, DeletedPose(imageID: row.imageID, imageIsShared: false), "the deleted pose")
      try requireEqual(try await opened.poses.find(row.id), nil, "the row")
      try requireEqual(try await opened.poses.count(), 0, "rows")
      try requireEqual(try await opened.poses.list(.after(.max, limit: 9)).count, 0, "the list")
      try requireEqual(try await opened.trash.discard(pose: row.id, length: 1, at: now, if: { _ in }), nil, "again")
      let again = try await fixture.openTrash()
      let items = try await again.trash.deletedPoses(before: nil, limit: 9, of: nil)
      try requireEqual(items.map(\.pose.id), [row.id], "the trash")
      try requireEqual(items.map(\.trashedAt), [now + 5], "when it was deleted")
      try requireEqual(try await again.trash.deletedPose(items[0].id), items[0], "the one item")
      try requireEqual(try await again.trash.restorePose(items[0].id)?.id, row.id, "the restored pose")
      let after = try requirePresent(try await again.poses.find(row.id, with: .all))
      try requireEqual(try ParsedPose(after), try ParsedPose(before), "the row that came back")
      try requireEqual(try await again.poses.count(), 1, "rows")
      try requireEqual(try await again.trash.restorePose(items[0].id), nil, "a second time")
      try requireEqual(try await again.trash.deletedPoses(before: nil, limit: 9, of: nil), [], "the trash at the end")
    },

    Check("a condition that throws leaves the row") { fixture in
      let opened = try await fixture.openTrash()
      let row = try await opened.poses.insert([Sample.pose(1)])[0]
      try await requireError(.preconditionFailed, "the condition") {
        _ = try await opened.trash.discard(pose: row.id, length: 1, at: now) { _ in
          throw PoseVaultError(.preconditionFailed, "no")
        }
      }
      try requireEqual(try await opened.poses.count(), 1, "rows")
      try requireEqual(try await opened.trash.deletedPoses(before: nil, limit: 9, of: nil), [], "the trash")
    },

    Check("a picture lies in the trash once no row shows it, and leaves with its last deleted pose") { fixture in
      let opened = try await fixture.openTrash()
      let image = ImageID.generate(at: now)
      let rows = try await opened.poses.insert([Sample.pose(1, image: image), Sample.pose(2, image: image)])
      let first = try await opened.trash.discard(pose: rows[0].id, length: 100, at: now, if: { _ in })
      try requireEqual(first?.imageIsShared, true, "the picture of the first")
      try requireEqual(try await opened.trash.trashed(among: [image]), [], "with a row left")
      let second = try await opened.trash.discard(pose: rows[1].id, length: 100, at: now, if: { _ in })
      try requireEqual(second?.imageIsShared, false, "the picture of the second")
      try requireEqual(try await opened.trash.trashed(among: [image]), [image], "without a row")
      try requireEqual(try await opened.trash.totals(), TrashTotals(count: 1, bytes: 100), "the totals")
      // for the sweep there is nothing: a person may want it back
      try requireEqual(try await opened.trash.items(after: nil, limit: 9), [], "pictures without a pose")
      let items = try await opened.trash.deletedPoses(before: nil, limit: 9, of: nil)
      try requireEqual(items.map(\.pose.id), [rows[1].id, rows[0].id], "the newest first")
      try requireEqual(
        try await opened.trash.deletedPoses(before: items[0].id, limit: 9, of: nil).map(\.id), [items[1].id], "a page")
      try requireEqual(
        try await opened.trash.deletedPoses(before: nil, limit: 9, of: rows[0].id).map(\.id), [items[1].id],
        "of one pose")
      try requireEqual(try await opened.trash.removePose(items[0].id)?.imageIsShared, true, "one removed")
      try requireEqual(try await opened.trash.removePose(items[0].id), nil, "again")
      let last = try requirePresent(try await opened.trash.removePose(items[1].id))
      try requireEqual(last.imageIsShared, false, "the other one removed")
      // its picture is not shown again before it is removed, which a store that is away puts off
      let again = try await fixture.openTrash()
      try requireEqual(try await again.trash.deletedPoses(before: nil, limit: 9, of: nil), [], "deleted poses")
      try requireEqual(try await again.trash.restorePose(items[1].id), nil, "what was removed for good")
      try requireEqual(try await again.trash.trashed(among: [image]), [image], "the picture")
      try requireEqual(
        try await again.trash.items(after: nil, limit: 9),
        [TrashItem(id: items[1].id, picture: image, length: 100, reason: .deleted, trashedAt: now)], "what is left")
      try await again.trash.remove([items[1].id])
      try requireEqual(try await again.trash.totals(), TrashTotals(count: 0, bytes: 0), "nothing is left")
    },

    Check("what the sweep puts there stays once, and is let go of where a row names it") { fixture in
      let opened = try await fixture.openTrash()
      let image = ImageID.generate(at: now)
      let picture = StoredImage(id: image, length: 7, uploadedAt: now, metadata: ImageMetadata())
      try await opened.trash.discard([picture], for: .unreferenced, at: now)
      try await opened.trash.discard([picture], for: .unreferenced, at: now + 9)
      let items = try await opened.trash.items(after: nil, limit: 9)
      try requireEqual(items.map(\.picture), [image], "the items")
      try requireEqual(items.map(\.trashedAt), [now], "when")
      try requireEqual(try await opened.trash.trashed(among: [image]), [image], "it lies there")
      _ = try await opened.poses.insert([Sample.pose(1, image: image)])
      try requireEqual(try await opened.trash.trashed(among: [image]), [], "named again")
    },

    Check("deleted poses are in a snapshot, and can be brought back after they were restored from it") { fixture in
      let opened = try await fixture.openTrash()
      let row = try await opened.poses.insert([Sample.detailed(3, fileName: "a.jpg")])[0]
      _ = try await opened.trash.discard(pose: row.id, length: 5, at: now, if: { _ in })
      let lines = try await opened.poses.withSnapshot { try await $0.lines(of: TrashLine.table, after: nil, limit: 9) }
      try requireEqual(lines.count, 1, "lines")
      try await opened.poses.removeLines(of: TrashLine.table)
      try requireEqual(try await opened.trash.deletedPoses(before: nil, limit: 9, of: nil), [], "emptied")
      try await opened.poses.restore(lines, into: TrashLine.table)
      let item = try requirePresent(try await opened.trash.deletedPoses(before: nil, limit: 9, of: row.id).first)
      try requireEqual(try await opened.trash.restorePose(item.id)?.details.fileName, "a.jpg", "the restored pose")
    },
  ]

  private static let erased: [Check] = [
    Check("an erased picture takes its poses, the trash and the answers of uploads with it, and is entered") {
      fixture in
      let opened = try await fixture.openTrash()
      let image = ImageID.generate(at: now)
      let upload = KeyedUpload(key: "key", content: "one")
      _ = try await opened.uploads.claim(upload, at: now)
      let rows = try await opened.uploads.insert(
        [Sample.pose(1, image: image), Sample.pose(2, image: image), Sample.pose(3, image: image)], for: upload, at: now
      ) { _ in Array(#"{"imageId":"\#(image)"}"#.utf8) }
      let other = try await opened.poses.insert([Sample.pose(4)])[0]
      _ = try await opened.trash.discard(pose: rows[2].id, length: 1, at: now, if: { _ in })
      do {
        _ = try await opened.erasures.erase(pose: rows[0].id, all: false, at: now, if: { _ in })
        throw ContractViolation("other poses were erased unasked", #line, #fileID)
      } catch let error as PoseVaultError where error.code == .sharedPicture {
        try requireEqual(error.details["poses"], "\(rows[1].id),\(rows[2].id)", "the other poses")
      }
      try requireEqual(try await opened.poses.count(), 3, "rows after the refusal")
      // by the one that lies in the trash
      let erasure = try await opened.erasures.erase(pose: rows[2].id, all: true, at: now + 1, if: { _ in })
      try requireEqual(erasure?.picture, image, "the picture")
      try requireEqual(erasure?.poses, rows.map(\.id), "the poses")
      try requireEqual(try await opened.poses.list(.after(.max, limit: 9)).map(\.id), [other.id], "what is left")
      try requireEqual(try await opened.poses.count(), 1, "rows")
      try requireEqual(try await opened.trash.deletedPoses(before: nil, limit: 9, of: nil), [], "the trash")
      try requireEqual(
        try await opened.uploads.claim(KeyedUpload(key: "key", content: "one"), at: now + 2), .admitted, "the answer")
      let again = try await fixture.openTrash()
      let entries = try await again.erasures.erasures(after: nil, limit: 9, isPending: true)
      try requireEqual(entries.map(\.subject), [image.description], "the ledger")
      try requireEqual(try await again.erasures.isPending(image), true, "the picture may be there")
      try requireEqual(try await again.erasures.isPending(ImageID.generate(at: now)), false, "another picture")
      try await again.erasures.finish(entries[0].id)
      try requireEqual(try await again.erasures.isPending(image), false, "the picture is gone")
      try requireEqual(try await again.erasures.erasures(after: nil, limit: 9, isPending: true), [], "finished")
      try requireEqual(try await again.erasures.erasures(after: nil, limit: 9, isPending: false), entries, "all")
      try requireEqual(
        try await again.erasures.erase(pose: rows[0].id, all: true, at: now, if: { _ in }), nil, "a second time")
    },

    Check("an entry from elsewhere is taken once, and removes what came back, in capitals too") { fixture in
      let opened = try await fixture.openTrash()
      let image = ImageID.generate(at: now)
      let entry = Erasure(id: 0, subject: image.description, poses: [7], erasedAt: now)
      try requireEqual(try await opened.erasures.record([entry, entry]), 1, "new entries")
      try requireEqual(try await opened.erasures.record([entry]), 0, "the second time")
      let row = PoseRecord(
        id: 11, imageID: image.description.uppercased(), keypoints: Sample.keypoints(1), createdAt: now, updatedAt: now)
      let other = try await opened.poses.insert([Sample.pose(2)])[0]
      try await opened.poses.restore([row])
      let found = try requirePresent(try await opened.erasures.erasures(after: nil, limit: 9, isPending: true).first)
      try requireEqual(try await opened.erasures.apply(found), RemovedPoses(poses: [11]), "what was removed")
      try requireEqual(try await opened.erasures.apply(found), RemovedPoses(), "the second time")
      try requireEqual(try await opened.poses.list(.after(.max, limit: 9)).map(\.id), [other.id], "what is left")
      try requireEqual(try await opened.poses.count(), 1, "rows")
      try await opened.erasures.finish(found.id)
      try await opened.erasures.reopen()
      try requireEqual(
        try await opened.erasures.erasures(after: nil, limit: 9, isPending: true).map(\.id), [found.id], "reopened")
    },

    Check("of a pose whose picture has no id of ours, the pose alone is erased, in its own database alone") { fixture in
      let opened = try await fixture.openTrash()
      let rows = [21, 22].map { id in
        PoseRecord(id: id, imageID: "holiday.jpg", keypoints: Sample.keypoints(id), createdAt: now, updatedAt: now)
      }
      try await opened.poses.restore(rows)
      let erasure = try requirePresent(try await opened.erasures.erase(pose: 21, all: false, at: now, if: { _ in }))
      try requireEqual(erasure.subject, "\(try await opened.poses.datasetID())/21", "the entry has no name")
      try requireEqual(try await opened.poses.list(.after(.max, limit: 9)).map(\.id), [22], "what is left")
      let foreign = "00112233445566778899aabbccddeeff/22"
      _ = try await opened.erasures.record([Erasure(id: 0, subject: foreign, poses: [22], erasedAt: now)])
      let entry = try requirePresent(
        try await opened.erasures.erasures(after: erasure.id, limit: 9, isPending: true).first)
      try requireEqual(try await opened.erasures.apply(entry), RemovedPoses(), "of another database")
    },
  ]
}
