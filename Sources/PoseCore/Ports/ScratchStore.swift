/// Makes the throwaway databases into which a backup's rows are restored to prove it.
public protocol ScratchStore: Sendable {
  /// Runs `body` with an empty pose database in `folder`, which must not exist yet and is gone afterwards.
  ///
  /// What is stored there need not survive a power loss.
  func withPoses<Value: Sendable>(
    in folder: String, _ body: @Sendable (any ArchivablePoses) async throws -> Value
  ) async throws -> Value

  /// Makes an empty index whose file lies in `folder` and has no name, so that nothing of it stays. Blocks.
  func index(in folder: String) throws -> any ScratchIndex
}

/// A sorted map from bytes to bytes on disk, for what grows with the number of pictures and would fill the memory.
///
/// All calls block, and come one after another.
public protocol ScratchIndex: AnyObject, Sendable {
  typealias Entry = (key: [UInt8], value: [UInt8])

  /// How many keys there are.
  var count: Int { get }

  func value(of key: [UInt8]) throws -> [UInt8]?

  /// Whether the key is new; one that is there keeps its value.
  @discardableResult func insert(_ value: [UInt8], for key: [UInt8]) throws -> Bool

  /// The same of many at once, which takes less time; how many of them are new.
  @discardableResult func insert(contentsOf entries: [Entry]) throws -> Int

  /// Whether the key was there.
  @discardableResult func remove(_ key: [UInt8]) throws -> Bool

  /// The first entries by ascending keys, as bytes compare: behind `key`, nil for all, and before `end`, nil for all.
  func entries(after key: [UInt8]?, before end: [UInt8]?, limit: Int) throws -> [Entry]
}
