import NIOCore
import PoseCore
import S3

/// All pictures named on the command line, including those in tars.
actor ExtractFeed: PictureFeed {
  private let paths: PathFeed
  private let files: BlockingPool
  private let maxBytes: Int
  private let part: InputPart
  private let buckets: S3Buckets?
  private var inputs = 0
  /// The tar that is being read; without a path if it comes from standard input.
  private var shard: (path: FilePath?, feed: ShardFeed)?
  private var skippedInShards = SkippedFiles()

  /// - Parameters:
  ///   - maxBytes: of a picture.
  ///   - part: of the inputs, which are pictures and tars.
  init(_ paths: PathFeed, maxBytes: Int, part: InputPart, buckets: S3Buckets?, files: BlockingPool) {
    self.paths = paths
    self.buckets = buckets
    self.files = files
    self.maxBytes = maxBytes
    self.part = part
  }

  var skipped: SkippedFiles {
    get async {
      var sum = await paths.skipped
      sum += skippedInShards
      return sum
    }
  }

  func nextPicture() async throws -> FedPicture? {
    while true {
      if let shard {
        if let picture = try await picture(in: shard.feed, at: shard.path) { return picture }
        await leave(shard.feed)
      }
      guard let input = try await paths.next() else { return nil }
      defer { inputs += 1 }
      guard part.has(inputs) else { continue }
      if let failure = input.failure {
        return FedPicture(input.path, .failure(PoseVaultError(.fileSystem, failure)))
      }
      if let beginning = input.tarBeginning {
        shard = (nil, ShardFeed(StandardInputBytes(beginning, files: files), maxBytes: maxBytes))
        continue
      }
      if let object = input.object, let buckets {
        guard input.isShard else { return FedPicture(input.path, .source(picture(object, in: buckets))) }
        do {
          let bytes = try await ObjectBytes(object, in: buckets, files: files)
          shard = (input.path, ShardFeed(bytes, maxBytes: maxBytes))
          continue
        } catch let error as PoseVaultError {
          return FedPicture(input.path, .failure(error))
        }
      }
      guard try await files.run({ input.isShard }) else { return FedPicture(input.path, .file) }
      do {
        let bytes = try await files.run { [files] in try InputFile(input.path, files: files) }
        shard = (input.path, ShardFeed(bytes, maxBytes: maxBytes))
      } catch let error as FileReader.Failure {
        return FedPicture(input.path, .failure(error.ofPicture(limit: maxBytes)))
      }
    }
  }

  /// Downloads a whole picture.
  private func picture(_ object: S3Address, in buckets: S3Buckets) -> @Sendable () async throws -> ByteBuffer {
    { [maxBytes] in
      let bucket = try await buckets.bucket(object.bucket)
      guard let found = try await bucket.head(object.key) else {
        throw PoseVaultError(.fileSystem, "The object doesn't exist.")
      }
      guard found.length <= maxBytes else {
        throw PoseVaultError.pictureTooLarge(found.length, maxBytes: maxBytes, setting: "MAX_UPLOAD_MB")
      }
      guard let bytes = try await bucket.get(object.key, limit: maxBytes)?.bytes else {
        throw PoseVaultError(.fileSystem, "The object doesn't exist.")
      }
      return ByteBuffer(bytes: bytes)
    }
  }

  /// A tar's next picture, or its failure; nil at its end.
  private func picture(in feed: ShardFeed, at path: FilePath?) async throws -> FedPicture? {
    do {
      return try await feed.nextPicture().map { member in
        FedPicture(path.map { $0.child(member.path.bytes) } ?? member.path, member.content)
      }
    } catch let error as PoseVaultError where error.code != .shuttingDown {
      await leave(feed)
      return FedPicture(path ?? "-", .failure(error))
    }
  }

  private func leave(_ feed: ShardFeed) async {
    let skipped = await feed.skipped
    skippedInShards += skipped
    shard = nil
  }
}

/// Every N-th input, such as the first of three: one machine's share.
struct InputPart: Sendable, Equatable {
  /// From 0.
  var number = 0
  /// 1 or more.
  var count = 1

  static let whole = InputPart()

  /// - Parameter index: of the input, from 0.
  func has(_ index: Int) -> Bool { index % count == number }

  init() {}

  /// `I/N`, with `I` from 0; nil for anything else.
  init?(_ text: String) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false)
      .map { $0.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int($0) : nil }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1], number < count else { return nil }
    self.number = number
    self.count = count
  }
}
