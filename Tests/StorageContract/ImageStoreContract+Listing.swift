import NIOCore
import PoseCore

extension ImageStoreContract {
  static let removals: [Check] = [
    Check("what is not there is nil, and a delete says so") { fixture in
      let images = try await fixture.openImages()
      let id = ImageID.generate(at: 1)
      try requireEqual(try await images.find(id), nil, "find")
      try require(try await images.read(id, range: nil) == nil, "read of a missing picture gives bytes")
      try require(try await images.read(id, range: 0..<1) == nil, "read of a missing picture's range gives bytes")
      try requireEqual(try await images.delete(id), false, "delete")
      try requireEqual(try await images.list(after: nil, limit: 10), [], "list")
    },

    Check("a delete removes everything, once") { fixture in
      let images = try await fixture.openImages()
      let bytes = SampleBytes.make(600_000)
      let (first, second) = (try await images.putSample(bytes), try await images.putSample(bytes))
      try requireEqual(try await images.delete(first), true, "delete")
      try requireEqual(try await images.delete(first), false, "delete again")
      try requireEqual(try await images.find(first), nil, "find")
      try require(try await images.read(first, range: nil) == nil, "read of a deleted picture gives bytes")
      try requireSameBytes(try await images.bytes(second), bytes, "the other picture")
      try requireEqual(try await fixture.leftovers(), [], "leftovers")
    },

    Check("a deleted id can be stored again") { fixture in
      let images = try await fixture.openImages()
      let id = try await images.putSample(SampleBytes.make(300_000))
      try await images.delete(id)
      try await images.put(id, Pieces(bytes: [5]), length: 1, uploadedAt: 2, metadata: .init())
      try requireSameBytes(try await images.bytes(id), [5], "the second picture")
    },

    Check("a picture that is deleted while it is read gives its own bytes or an error") { fixture in
      let images = try await fixture.openImages()
      let bytes = SampleBytes.make(2_000_000)
      let id = try await images.putSample(bytes)
      guard let stream = try await images.read(id, range: nil) else { return }
      var read: [UInt8] = []
      do {
        for try await piece in stream {
          if read.isEmpty { try await images.delete(id) }
          read += piece.readableBytesView
        }
        try requireSameBytes(read, bytes, "all of it")
      } catch is PoseVaultError {
        try requireSameBytes(read, bytes.prefix(read.count), "what came before the error")
      }
    },

    Check("pictures are listed by ascending id, in pages") { fixture in
      let images = try await fixture.openImages()
      var generator = SplitMix(state: 5)
      let ids = (1...23).map { ImageID.generate(at: $0 * 1000) }
      for id in ids.shuffled(using: &generator) {
        try await images.put(id, Pieces(bytes: [1]), length: 1, uploadedAt: id.seconds, metadata: .init())
      }
      var seen: [StoredImage] = []
      var page = try await images.list(after: nil, limit: 5)
      while let last = page.last, seen.count < 23 {
        seen += page
        try require(page.count <= 5, "a page of \(page.count)")
        page = try await images.list(after: last.id, limit: 5)
      }
      try requireEqual(seen.map(\.id), ids, "ids of all pages")
      try requireEqual(page, [], "page after all of them")
      try requireEqual(seen.map(\.uploadedAt), ids.map(\.seconds), "times of all pages")
      // an id between those that are there
      try requireEqual(
        try await images.list(after: .generate(at: 10_500), limit: 2).map(\.id), Array(ids[10..<12]), "page between")
    },
  ]

  static let faults: [Check] = [
    Check("a broken store is told from a picture that is not there") { fixture in
      let images = try await fixture.openImages()
      let id = try await images.putSample(SampleBytes.make(300_000))
      try await fixture.breakDown()
      try await requireError(.storageUnavailable, "find") { _ = try await images.find(id) }
      try await requireError(.storageUnavailable, "find of none") { _ = try await images.find(.generate(at: 1)) }
      try await requireError(.storageUnavailable, "read") { _ = try await images.bytes(id) }
      try await requireError(.storageUnavailable, "list") { _ = try await images.list(after: nil, limit: 1) }
      try await requireError(.storageUnavailable, "ping") { try await images.ping() }
      try await requireError(.storageUnavailable, "delete") { try await images.delete(id) }
      try await requireError(.storageUnavailable, "put") { _ = try await images.putSample([1]) }
    }
  ]
}
