public import PoseCore

/// What a storage's tests supply so that ``UploadKeysContract`` can try its keys; new and empty for each check.
public protocol UploadKeysFixture: Sendable {
  /// Opens the storage; called again, it first closes what was opened before, as a restart would.
  func openUploads() async throws -> (keys: any UploadKeys, poses: any ArchivablePoses)
}

/// What every ``UploadKeys`` must do.
public enum UploadKeysContract {
  public typealias Check = StorageCheck<any UploadKeysFixture>

  private static let now: Int64 = 1_765_362_600
  private static let answer = Array(#"{"success":true,"data":{"id":1}}"#.utf8)

  private static func upload(_ content: String = "one", key: String = "key") -> KeyedUpload {
    KeyedUpload(key: key, content: content)
  }

  private static func store(
    _ upload: KeyedUpload, _ keys: any UploadKeys, at now: Int64 = now
  ) async throws -> [PoseRecord] {
    try await keys.insert([Sample.pose(1), Sample.pose(2)], for: upload, at: now) { _ in answer }
  }

  public static let checks: [Check] = [
    Check("what was stored is answered again, with another attempt and after a restart") { fixture in
      let opened = try await fixture.openUploads()
      let first = upload()
      try requireEqual(try await opened.keys.claim(first, at: now), .admitted, "the first claim")
      let rows = try await store(first, opened.keys)
      let recorded = UploadAdmission.recorded(RecordedUpload(pose: rows[0].id, answer: answer))
      try requireEqual(try await opened.keys.claim(upload(), at: now + 5), recorded, "the second claim")
      // as when the outcome of the commit could not be told
      try await opened.keys.release(first)
      try requireEqual(try await opened.keys.claim(upload(), at: now + 5), recorded, "after a release")
      let again = try await fixture.openUploads()
      try requireEqual(try await again.keys.claim(upload(), at: now + 86_399), recorded, "after a restart")
      try requireEqual(try await again.poses.count(), 2, "poses")
    },

    Check("an attempt that was overtaken stores nothing more, and gets the answer") { fixture in
      let (keys, poses) = try await fixture.openUploads()
      let (slow, other) = (upload(), upload("two"))
      try requireEqual(try await keys.claim(slow, at: now), .admitted, "the slow one's claim")
      let rows = try await store(upload(), keys)
      do {
        _ = try await store(slow, keys)
        throw ContractViolation("the overtaken attempt stored", #line, #fileID)
      } catch let recorded as RecordedUpload {
        try requireEqual(recorded, RecordedUpload(pose: rows[0].id, answer: answer), "the answer")
      }
      try await requireError(.idempotencyKeyReused, "another upload") { _ = try await store(other, keys) }
      try requireEqual(try await poses.count(), 2, "poses")
    },

    Check("a key is one attempt's until it is released, or for 30 seconds") { fixture in
      let (keys, _) = try await fixture.openUploads()
      let (first, second) = (upload(), upload())
      try requireEqual(try await keys.claim(first, at: now), .admitted, "the first claim")
      try requireEqual(try await keys.claim(second, at: now + 3), .underWay(seconds: 3), "the second claim")
      try requireEqual(try await keys.claim(upload("two"), at: now + 3), .ofOther, "another upload's claim")
      try requireEqual(try await keys.claim(upload(key: "other"), at: now), .admitted, "another key")
      // not its own
      try await keys.release(second)
      try requireEqual(try await keys.claim(second, at: now + 29), .underWay(seconds: 29), "before the end")
      try requireEqual(try await keys.claim(second, at: now + 30), .admitted, "at the end")
      try await keys.release(first)
      try requireEqual(try await keys.claim(first, at: now + 31), .underWay(seconds: 1), "the first one, too late")
      try await keys.release(second)
      try requireEqual(try await keys.claim(upload("two"), at: now + 31), .admitted, "another upload, once released")
    },

    Check("a stored upload belongs to its key for 24 hours, and is forgotten then") { fixture in
      let (keys, poses) = try await fixture.openUploads()
      _ = try await store(upload(), keys)
      _ = try await store(upload(key: "later"), keys, at: now + 10)
      try requireEqual(try await keys.claim(upload("two"), at: now + 86_399), .ofOther, "another upload's claim")
      try requireEqual(try await keys.removeExpired(at: now + 86_399), 0, "removed too early")
      try requireEqual(try await keys.removeExpired(at: now + 86_400), 1, "removed in time")
      try requireEqual(try await keys.claim(upload("two"), at: now + 86_400), .admitted, "the key, free again")
      // also where nothing has removed it yet
      try requireEqual(
        try await keys.claim(upload("two", key: "later"), at: now + 86_410), .admitted, "the other key")
      // of a clock that ran ahead
      try requireEqual(try await keys.removeExpired(at: now), 2, "removed, from the future")
      try requireEqual(try await poses.count(), 4, "poses")
    },

    Check("of twenty attempts at once one stores, and the others get its answer") { fixture in
      let (keys, poses) = try await fixture.openUploads()
      let outcomes = try await withThrowingTaskGroup(of: (Bool, Int).self) { group in
        for _ in 0..<20 {
          group.addTask {
            do {
              return (true, try await store(upload(), keys)[0].id)
            } catch let recorded as RecordedUpload {
              return (false, recorded.pose)
            }
          }
        }
        return try await group.reduce(into: [(Bool, Int)]()) { $0.append($1) }
      }
      try requireEqual(outcomes.count(where: \.0), 1, "attempts that stored")
      try requireEqual(Set(outcomes.map(\.1)).count, 1, "answers")
      try requireEqual(try await poses.list(.offset(0, limit: 9)).count, 2, "poses")
      try requireEqual(try await poses.count(), 2, "poses counted")
    },

    Check("poses that can't be stored leave the key free") { fixture in
      let (keys, poses) = try await fixture.openUploads()
      let upload = upload()
      try requireEqual(try await keys.claim(upload, at: now), .admitted, "the claim")
      try requireEqual(try await keys.insert([], for: upload, at: now) { _ in answer }, [], "no rows")
      try await keys.release(upload)
      try requireEqual(try await keys.claim(Self.upload(), at: now), .admitted, "the next claim")
      try requireEqual(try await poses.count(), 0, "poses")
    },

    Check("a database that becomes another one by a restore forgets its keys") { fixture in
      let (keys, poses) = try await fixture.openUploads()
      _ = try await store(upload(), keys)
      try await poses.adopt(datasetID: DatasetID.random())
      try requireEqual(try await keys.claim(upload(), at: now), .admitted, "the claim")
    },
  ]
}
