import PoseCore

/// Processes pictures, a few at a time, and reports the outcomes in their original order.
struct ExtractRun: Sendable {
  let extractor: any PoseExtractor
  let files: BlockingPool
  let maxBytes: Int
  let maxPoses: Int
  let overlays: OverlayFolder?
  /// Pictures started and not yet reported; limits the memory.
  var window: Int

  private enum Event: Sendable {
    case picture(FedPicture?)
    case outcome(Int, PictureOutcome)
  }

  /// Calls `tell` once per picture. Throws what it throws, or `CancellationError`.
  func run(_ feed: some PictureFeed, _ tell: (PictureOutcome) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Event.self) { group in
      var begun = 0
      var told = 0
      var finished: [Int: PictureOutcome] = [:]
      var isAsking = false
      var hasEnded = false
      while true {
        if !isAsking, !hasEnded, begun - told < window {
          isAsking = true
          group.addTask { .picture(try await feed.nextPicture()) }
        }
        switch try await group.next() {
        case nil: return
        case .picture(nil):
          hasEnded = true
          isAsking = false
        case .picture(let picture?):
          isAsking = false
          group.addTask { [begun] in .outcome(begun, try await look(at: picture)) }
          begun += 1
        case .outcome(let number, let outcome):
          finished[number] = outcome
        }
        while let outcome = finished.removeValue(forKey: told) {
          try await tell(outcome)
          told += 1
        }
      }
    }
  }

  private func look(at picture: FedPicture) async throws -> PictureOutcome {
    let path = picture.path
    do {
      let bytes =
        switch picture.content {
        case .failure(let error): throw error
        case .bytes(let bytes): bytes
        case .source(let fetch): try await fetch()
        case .file: try await files.run { try FileReader.readBuffer(path, limit: maxBytes) }
        }
      let extraction = try await extractor.extract(bytes, maxPoses: maxPoses)
      var outcome = PictureOutcome(file: path, .success(extraction))
      if let overlays {
        do {
          try await overlays.write(bytes, extraction, of: path)
        } catch let error as PoseVaultError {
          outcome.overlayFailure = error
        }
      }
      return outcome
    } catch let error as PoseVaultError {
      return PictureOutcome(file: path, .failure(error))
    } catch let error as FileReader.Failure {
      return PictureOutcome(file: path, .failure(error.ofPicture(limit: maxBytes)))
    }
  }
}

extension FileReader.Failure {
  func ofPicture(limit: Int) -> PoseVaultError {
    switch self {
    case .tooLarge(let bytes):
      PoseVaultError.pictureTooLarge(bytes, maxBytes: limit, setting: "MAX_UPLOAD_MB")
    default: PoseVaultError(.fileSystem, "The file cannot be read: \(reason).")
    }
  }
}
