import PoseCore

extension ArchiveRestorer {
  /// Gives up an unfinished restore: removes what it left in the stores, and then its mark.
  ///
  /// Nothing is removed from stores without the mark of a restore that had begun to write: only these were empty before.
  ///
  /// - Parameter removeStrays: removes what is left of pictures that are none.
  ///
  /// Throws `badRequest` where no restore is unfinished, `restoring` while one goes on.
  public static func discard(
    _ target: RestoreTarget, by origin: RestoreOrigin, clock: @escaping @Sendable () -> Int64,
    removeStrays: @escaping @Sendable () async throws -> Void
  ) async throws {
    guard try await target.runs.restoreMark() != nil else {
      throw PoseVaultError(.badRequest, "There is no interrupted restore to discard.")
    }
    let mark = try await HeldMark(of: nil, origin: origin, target: target, clock: clock) { target.isFilled(by: $0) }
    if mark.isContinued {
      try await mark.whileHeld {
        try await target.removeAll()
        _ = try await target.runs.replaceFact(FactName.erasing, target.runs.fact(FactName.erasing), with: nil)
        try await removeStrays()
      }
    }
    try await mark.remove()
  }
}

extension RestoreTarget {
  /// Rows before their pictures, so that none ever is without its own.
  fileprivate func removeAll() async throws {
    while case let rows = try await poses.list(.after(.max, limit: Self.pageSize)), !rows.isEmpty {
      try await Self.each(rows.map(\.id)) { try await poses.delete($0, if: { _ in }) }
    }
    while case let page = try await images.list(after: nil, limit: Self.pageSize), !page.isEmpty {
      try await Self.each(page.map(\.id)) { try await images.delete($0) }
    }
    for table in poses.tables { try await poses.removeLines(of: table) }
    try await TrailRestore.undo(self)
  }

  /// Several at once, because each waits for the disk.
  private static func each<Item: Sendable, Outcome: Sendable>(
    _ items: [Item], _ body: @escaping @Sendable (Item) async throws -> Outcome
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, item) in items.enumerated() {
        if index >= atOnce { try await group.next() }
        group.addTask { _ = try await body(item) }
      }
      try await group.waitForAll()
    }
  }

  private static let pageSize = 500
  private static let atOnce = 4
}
