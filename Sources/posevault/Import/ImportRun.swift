import Crypto
import NIOCore
import PoseCore

/// Finds people in pictures and stores both, several pictures at a time; those already stored are skipped.
struct ImportRun: Sendable {
  enum Outcome: Sendable, Equatable {
    case stored(people: Int)
    /// The same bytes under the same name.
    case known
    case withoutPerson
    case failed(String)
  }

  let poses: any PoseRepository
  let images: any ImageStore
  let intake: PictureIntake
  /// Keeps other imports from processing the same picture at the same time.
  let claims: any ImportClaims
  let files: BlockingPool
  let maxBytes: Int
  let maxPoses: Int
  /// Pictures at once.
  let window: Int

  /// Calls `tell` once per picture, in the order in which they finish.
  ///
  /// Throws what `tell` throws, `CancellationError`, `storageUnavailable` or `storageFull`, since no other picture
  /// would fare better.
  func run(_ feed: PathFeed, _ tell: (FilePath, Outcome) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: (FilePath, Outcome).self) { group in
      var underWay: Set<String> = []
      while let picture = try await feed.next() {
        let name = Self.storedName(picture.path)
        // one that is named twice waits for itself, and is then known
        while underWay.count == window || underWay.contains(name), let (path, outcome) = try await group.next() {
          try await tell(path, outcome)
          underWay.remove(Self.storedName(path))
        }
        group.addTask { (picture.path, try await take(in: picture)) }
        underWay.insert(name)
      }
      for try await (path, outcome) in group { try await tell(path, outcome) }
    }
  }

  private func take(in picture: PathFeed.Picture) async throws -> Outcome {
    if let failure = picture.failure { return .failed(failure) }
    do {
      let (bytes, hash) = try await files.run { [maxBytes] in
        let bytes = try FileReader.readBuffer(picture.path, limit: maxBytes)
        return (bytes, Self.sha256(bytes))
      }
      let name = Self.storedName(picture.path)
      return try await claims.holding(name) {
        if try await isStored(name, hash) { return .known }
        let people = try await intake.store(bytes, fileName: name, maxPoses: maxPoses)
        return people.isEmpty ? .withoutPerson : .stored(people: people.count)
      }
    } catch let error as PoseVaultError where ![.storageUnavailable, .storageFull].contains(error.code) {
      return .failed(FailureLines.line(of: error))
    } catch let error as FileReader.Failure {
      return .failed(error.ofPicture(limit: maxBytes).message)
    }
  }

  private func isStored(_ name: String, _ hash: String) async throws -> Bool {
    var after = Int.max
    while true {
      let rows = try await poses.list(.after(after, limit: 100), of: PoseFilter(fileName: .equals(name)), with: [])
      for image in Set(rows.compactMap { ImageID($0.imageID) }) {
        if try await images.find(image)?.metadata.sha256 == hash { return true }
      }
      guard let last = rows.last else { return false }
      after = last.id
    }
  }

  /// The path that identifies the picture on a later run: relative to the working directory if it is below it.
  static func storedName(_ path: FilePath) -> String {
    let relative = path.belowWorkingDirectory
    let parts = relative.parts.filter { $0 != Array(".".utf8) }.joined(separator: [FilePath.slash])
    let name = PictureName(bytes: (relative.isAbsolute ? [FilePath.slash] : []) + parts).text
    return PoseDetails(fileName: name).fileName ?? name
  }

  private static func sha256(_ bytes: ByteBuffer) -> String {
    Hexadecimal.text(SHA256.hash(data: bytes.readableBytesView))
  }
}
