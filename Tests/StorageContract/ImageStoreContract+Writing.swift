import PoseCore
import Synchronization

extension ImageStoreContract {
  static let refusals: [Check] = [
    Check("a wrong length is refused and leaves nothing") { fixture in
      let images = try await fixture.openImages()
      for (announced, coming) in [(10, 9), (10, 11), (0, 1), (1, 0), (261_120, 261_121), (600_000, 300_000)] {
        let id = ImageID.generate(at: 1)
        try await requireError(.badRequest, "\(coming) bytes instead of \(announced)") {
          try await images.put(
            id, Pieces(bytes: SampleBytes.make(coming)), length: announced, uploadedAt: 1, metadata: .init())
        }
        try requireEqual(try await images.find(id), nil, "picture")
        try requireEqual(try await fixture.leftovers(), [], "leftovers")
      }
    },

    Check("a source that fails leaves nothing, and its error is passed on") { fixture in
      let images = try await fixture.openImages()
      for sent in [0, 1, 300_000] {
        let id = ImageID.generate(at: 1)
        let source = Pieces(
          bytes: SampleBytes.make(sent), end: .failure(PoseVaultError(.requestTimeout, "The upload stalled.")))
        try await requireError(.requestTimeout, "failure after \(sent) bytes") {
          try await images.put(id, source, length: 600_000, uploadedAt: 1, metadata: .init())
        }
        try requireEqual(try await images.find(id), nil, "picture")
        try requireEqual(try await fixture.leftovers(), [], "leftovers")
      }
    },

    Check("an id that is taken is refused, and its picture stays as it was") { fixture in
      let images = try await fixture.openImages()
      let bytes = SampleBytes.make(300_000)
      let id = try await images.putSample(bytes, metadata: ImageMetadata(contentType: "image/jpeg"))
      let stored = try await images.find(id)
      for contentType in ["image/jpeg", "image/png", nil] {
        try await requireError(.internal, "second put as \(contentType ?? "nothing")") {
          try await images.put(
            id, Pieces(bytes: [1, 2, 3]), length: 3, uploadedAt: 9, metadata: ImageMetadata(contentType: contentType))
        }
      }
      try requireEqual(try await images.find(id), stored, "what is known of it")
      try requireSameBytes(try await images.bytes(id), bytes, "its bytes")
      try requireEqual(try await fixture.leftovers(), [], "leftovers")
    },

    Check("of two puts of one id at once exactly one wins, whole") { fixture in
      let images = try await fixture.openImages()
      for round in 0..<10 {
        let id = ImageID.generate(at: 1)
        let rivals = [SampleBytes.make(270_000, seed: 1), SampleBytes.make(280_000, seed: 2)]
        let winners = try await withThrowingTaskGroup(of: Int?.self) { group in
          for rival in 0..<2 {
            group.addTask {
              do {
                let source = Pieces(bytes: rivals[rival])
                try await images.put(id, source, length: rivals[rival].count, uploadedAt: 1, metadata: .init())
                return rival
              } catch let error as PoseVaultError where error.code == .internal {
                return nil
              }
            }
          }
          return try await group.reduce(into: [Int]()) { winners, rival in
            if let rival { winners.append(rival) }
          }
        }
        try requireEqual(winners.count, 1, "winners of round \(round)")
        try requireSameBytes(try await images.bytes(id), rivals[winners[0]], "bytes of round \(round)")
      }
      try requireEqual(try await fixture.leftovers(), [], "leftovers")
    },
  ]

  static let cancellations: [Check] = [
    Check("a put that is cancelled half-way leaves nothing") { fixture in
      let images = try await fixture.openImages()
      for endsQuietly in [false, true] {
        for sent in [0, 300_000, 600_000] {
          let id = ImageID.generate(at: 1)
          let (reached, signal) = AsyncStream<Void>.makeStream()
          let source = Pieces(
            bytes: SampleBytes.make(sent), end: .waiting({ signal.finish() }, endsQuietly: endsQuietly))
          let put = Task {
            try await images.put(id, source, length: 600_000, uploadedAt: 1, metadata: .init())
          }
          for await _ in reached {}
          put.cancel()
          if case .success = await put.result {
            throw ContractViolation("a put went through that was cancelled after \(sent) bytes", #line, #fileID)
          }
          try requireEqual(try await images.find(id), nil, "picture")
          try requireEqual(try await fixture.leftovers(), [], "leftovers")
        }
      }
    },

    Check("a put that is cancelled at any moment is there whole, or not at all") { fixture in
      let images = try await fixture.openImages()
      let bytes = SampleBytes.make(400_000)
      var generator = SplitMix(state: 3)
      for _ in 0..<60 {
        let id = ImageID.generate(at: 1)
        let put = Task {
          try await images.put(id, Pieces(bytes: bytes), length: bytes.count, uploadedAt: 1, metadata: .init())
        }
        try await Task.sleep(for: .microseconds(Int.random(in: 0...6000, using: &generator)))
        put.cancel()
        if case .success = await put.result {
          try requireSameBytes(try await images.bytes(id), bytes, "picture stored")
        } else {
          try requireEqual(try await images.find(id), nil, "picture not stored")
        }
        try requireEqual(try await fixture.leftovers(), [], "leftovers")
      }
    },
  ]
}
