import PoseCore
import Synchronization

extension PoseRepositoryContract {
  static let conditions: [Check] = [
    Check("an update replaces the keypoints and the times of update and correction alone") { fixture in
      let poses = try await fixture.openPoses()
      let records = try await poses.insert([Sample.pose(1, at: 100), Sample.pose(2, at: 100)])
      var expected = try ParsedPose(records[0])
      expected.keypoints = try ParsedKeypoint.all(Sample.keypoints(3))
      (expected.updatedAt, expected.correctedAt) = (200, 200)
      let updated = try await poses.update(records[0].id, keypoints: Sample.keypoints(3), at: 200) { _ in }
      try requireEqual(try updated.map(ParsedPose.init), expected, "row returned")
      try requireEqual(try await poses.find(records[0].id).map(ParsedPose.init), expected, "row stored")
      try requireEqual(
        try await poses.find(records[1].id).map(ParsedPose.init), try ParsedPose(records[1]), "the other row")
    },

    Check("an update that changes nothing finds its row") { fixture in
      let poses = try await fixture.openPoses()
      let new = Sample.pose(1, at: 100)
      let record = try await poses.insert([new])[0]
      let updated = try await poses.update(record.id, keypoints: new.keypoints, at: 100) { _ in }
      try requireEqual(updated?.id, record.id, "row returned")
      try requireEqual(
        try updated.map { try ParsedKeypoint.all($0.keypoints) }, try ParsedKeypoint.all(new.keypoints), "keypoints")
    },

    Check("a condition sees the stored row") { fixture in
      let poses = try await fixture.openPoses()
      let record = try await poses.insert([Sample.pose(1)])[0]
      let seen = Mutex<[PoseRecord]>([])
      _ = try await poses.update(record.id, keypoints: Sample.keypoints(2), at: 9) { row in
        seen.withLock { $0.append(row) }
      }
      _ = try await poses.delete(record.id) { row in seen.withLock { $0.append(row) } }
      let rows = try seen.withLock { $0 }.map(ParsedPose.init)
      try requireEqual(rows.map(\.id), [record.id, record.id], "rows seen")
      try requireEqual(rows.first, try ParsedPose(record), "row seen by the update")
      try requireEqual(rows.last?.keypoints, try ParsedKeypoint.all(Sample.keypoints(2)), "row seen by the delete")
    },

    Check("a condition that throws leaves the row as it was") { fixture in
      let poses = try await fixture.openPoses()
      let record = try await poses.insert([Sample.pose(1)])[0]
      let refusal: PoseRepository.Condition = { _ in throw PoseVaultError(.preconditionFailed, "no") }
      try await requireError(.preconditionFailed, "update") {
        _ = try await poses.update(record.id, keypoints: Sample.keypoints(2), at: 9, if: refusal)
      }
      try await requireError(.preconditionFailed, "delete") { _ = try await poses.delete(record.id, if: refusal) }
      try requireEqual(try await poses.find(record.id).map(ParsedPose.init), try ParsedPose(record), "row")
      try requireEqual(try await poses.count(), 1, "count")
      // the storage still works
      _ = try await poses.insert([Sample.pose(2)])
    },

    Check("of two updates on the same condition exactly one wins") { fixture in
      let poses = try await fixture.openPoses()
      for round in 0..<20 {
        let record = try await poses.insert([Sample.pose(round, at: 100)])[0]
        let unchanged: PoseRepository.Condition = { row in
          guard row.updatedAt == 100 else { throw PoseVaultError(.preconditionFailed, "changed") }
        }
        let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
          for rival in 1...2 {
            group.addTask {
              do {
                let keypoints = Sample.keypoints(1000 * rival + round)
                return try await poses.update(record.id, keypoints: keypoints, at: 200, if: unchanged).map { _ in rival
                }
              } catch let error as PoseVaultError where error.code == .preconditionFailed {
                return nil
              }
            }
          }
          return try await group.reduce(into: [Int]()) { winners, rival in
            if let rival { winners.append(rival) }
          }
        }
        try requireEqual(winners.count, 1, "winners of round \(round)")
        try requireEqual(
          try await poses.find(record.id).map { try ParsedKeypoint.all($0.keypoints) },
          try ParsedKeypoint.all(Sample.keypoints(1000 * winners[0] + round)), "keypoints of round \(round)")
      }
    },

    Check("a caller that is cancelled before its turn changes nothing, later ones work") { fixture in
      let poses = try await fixture.openPoses()
      let record = try await poses.insert([Sample.pose(1)])[0]
      let cancelled = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await poses.delete(record.id) { _ in }
      }
      if case .success = await cancelled.result {
        throw ContractViolation("a cancelled delete went through", #line, #fileID)
      }
      try requireEqual(try await poses.find(record.id).map(ParsedPose.init), try ParsedPose(record), "row")
    },
  ]
}
