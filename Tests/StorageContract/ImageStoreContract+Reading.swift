import PoseCore

extension ImageStoreContract {
  static let roundTrips: [Check] = [
    Check("pictures of every length come back byte by byte") { fixture in
      let images = try await fixture.openImages()
      // around the chunks of GridFS (255 KiB) and those of file reads (256 KiB)
      let lengths = [0, 1, 2, 261_119, 261_120, 261_121, 262_143, 262_144, 262_145, 522_240, 9_000_000]
      for length in lengths {
        let bytes = SampleBytes.make(length, seed: UInt64(length))
        let id = try await images.putSample(bytes)
        try requireEqual(try await images.find(id)?.length, length, "length")
        try requireSameBytes(try await images.bytes(id), bytes, "\(length) bytes")
      }
      try requireEqual(try await fixture.leftovers(), [], "leftovers")
    },

    Check("pieces of any size are put together") { fixture in
      let images = try await fixture.openImages()
      let bytes = SampleBytes.make(600_000)
      for pieces in [[600_000], [261_120], [261_119, 2], [1, 300_001, 0, 7], [997]] {
        let id = try await images.putSample(bytes, pieces: pieces)
        try requireSameBytes(try await images.bytes(id), bytes, "pieces \(pieces)")
      }
    },

    Check("what is known of a picture comes back, also after a restart") { fixture in
      var images = try await fixture.openImages()
      let full = ImageMetadata(
        contentType: "image/png", sha256: String(repeating: "0123456789abcdef", count: 4), width: 640, height: 425,
        fileName: "Übung 🧘‍♀️ 写真 \"a\\b\".png", datasetID: "d1")
      for metadata in [full, ImageMetadata(sha256: full.sha256)] {
        let id = ImageID.generate(at: 7)
        let expected = StoredImage(id: id, length: 3, uploadedAt: 1_765_362_601, metadata: metadata)
        let stored = try await images.put(
          id, Pieces(bytes: [1, 2, 3]), length: 3, uploadedAt: 1_765_362_601, metadata: metadata)
        try requireEqual(stored, expected, "returned")
        try requireEqual(try await images.find(id), expected, "found")
        images = try await fixture.openImages()
        try requireEqual(try await images.find(id), expected, "found after a restart")
        try requireSameBytes(try await images.bytes(id), [1, 2, 3], "bytes after a restart")
      }
      try await images.ping()
    },

    Check("the SHA-256 is computed where none is given") { fixture in
      let images = try await fixture.openImages()
      // FIPS 180-4's example and the digest of nothing
      let known = [
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ]
      for (text, digest) in known {
        let id = try await images.putSample(Array(text.utf8), pieces: [1])
        try requireEqual(try await images.find(id)?.metadata.sha256, digest, "digest of '\(text)'")
      }
    },

    Check("two hundred callers at once disturb one another in nothing") { fixture in
      let images = try await fixture.openImages()
      let kept = try await withThrowingTaskGroup(of: ImageID?.self) { group in
        for number in 0..<200 {
          group.addTask {
            let bytes = SampleBytes.make(20_000 + 3000 * (number % 40), seed: UInt64(number))
            let id = try await images.putSample(bytes, pieces: [50_000])
            try requireSameBytes(try await images.bytes(id), bytes, "picture \(number)")
            guard number % 2 == 0 else { return id }
            try require(try await images.delete(id), "delete of picture \(number)")
            return nil
          }
        }
        return try await group.reduce(into: [ImageID]()) { kept, id in
          if let id { kept.append(id) }
        }
      }
      try requireEqual(try await images.list(after: nil, limit: 1000).map(\.id), kept.sorted(), "pictures kept")
      try requireEqual(try await fixture.leftovers(), [], "leftovers")
      try await requireSoon("readers stay open") { try await fixture.openReaders() == 0 }
    },
  ]

  static let ranges: [Check] = [
    Check("ranges hold exactly their bytes") { fixture in
      let images = try await fixture.openImages()
      let bytes = SampleBytes.make(600_000)
      let id = try await images.putSample(bytes)
      let ranges = [
        0..<1, 0..<600_000, 599_999..<600_000, 261_119..<261_121, 261_120..<522_240, 261_119..<522_241,
        262_143..<262_145, 262_144..<524_288, 5..<5, 0..<0, 600_000..<600_000, 100..<400_100,
      ]
      for range in ranges {
        try requireSameBytes(try await images.bytes(id, range), bytes[range], "range \(range)")
      }
    },

    Check("a picture is read by two at once") { fixture in
      let images = try await fixture.openImages()
      let bytes = SampleBytes.make(600_000)
      let id = try await images.putSample(bytes)
      async let first = images.bytes(id)
      async let second = images.bytes(id)
      try requireSameBytes(try await first, bytes, "first reader")
      try requireSameBytes(try await second, bytes, "second reader")
    },

    Check("readers let go at the end, when dropped and when cancelled") { fixture in
      let images = try await fixture.openImages()
      let id = try await images.putSample(SampleBytes.make(3_000_000))
      _ = try await images.bytes(id)
      try await requireSoon("a reader stays open after the end") { try await fixture.openReaders() == 0 }
      if let stream = try await images.read(id, range: nil) {
        for try await _ in stream { break }
      }
      try await requireSoon("a dropped reader stays open") { try await fixture.openReaders() == 0 }
      _ = try await images.read(id, range: nil)
      try await requireSoon("an unused reader stays open") { try await fixture.openReaders() == 0 }
      let cancelled = Task {
        guard let stream = try await images.read(id, range: nil) else { return }
        for try await _ in stream { withUnsafeCurrentTask { $0?.cancel() } }
      }
      if case .success = await cancelled.result {
        throw ContractViolation("a cancelled reader read to the end", #line, #fileID)
      }
      try await requireSoon("a cancelled reader stays open") { try await fixture.openReaders() == 0 }
    },
  ]
}
