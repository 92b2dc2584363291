import NIOCore
import PoseCore

extension ImageStoreContract {
  /// For stores that can look for pictures by their bytes.
  public static let lookups: [Check] = [
    Check("pictures are found by the SHA-256 of their bytes, as long as they are there") { fixture in
      let images = try await fixture.openImages()
      // of "abc", as FIPS 180 gives it
      let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      let abc = Array("abc".utf8)
      let first = try await images.putSample(abc, metadata: ImageMetadata(fileName: "a.jpg"))
      let second = try await images.putSample(abc, metadata: ImageMetadata(fileName: "b.jpg"))
      _ = try await images.putSample(Array("abd".utf8))
      let found = try await images.find(sha256: hash, limit: 10)
      try requireEqual(found.map { Set($0.map(\.id)) }, [first, second], "both")
      try requireEqual(found?.map(\.length), [3, 3], "their lengths")
      try requireEqual(try await images.find(sha256: hash, limit: 1)?.count, 1, "one at most")
      try requireEqual(try await images.find(sha256: hash, limit: 0)?.count, 0, "none at most")
      try requireEqual(try await images.find(sha256: String(hash.reversed()), limit: 10)?.count, 0, "another hash")
      try await images.delete(first)
      try requireEqual(try await images.find(sha256: hash, limit: 10)?.map(\.id), [second], "what is left")
      let reopened = try await fixture.openImages()
      try requireEqual(try await reopened.find(sha256: hash, limit: 10)?.map(\.id), [second], "after a restart")
      // one that has read nothing yet, and so remembers nothing
      let broken = try await fixture.openImages()
      try await fixture.breakDown()
      try await requireError(.storageUnavailable, "a broken store") {
        _ = try await broken.find(sha256: hash, limit: 10)
      }
    }
  ]
}
