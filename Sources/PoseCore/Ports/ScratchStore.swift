/// Creates the throwaway databases into which a backup's rows are restored to prove it.
public protocol ScratchStore: Sendable {
  /// Runs `body` with an empty pose database in `folder`, which must not exist yet and is gone afterwards.
  ///
  /// Its contents need not survive a power loss.
  func withPoses<Value: Sendable>(
    in folder: String, _ body: @Sendable (any ArchivablePoses) async throws -> Value
  ) async throws -> Value

  /// Creates an empty index with an unlinked file in `folder`, so that nothing of it remains. Blocks.
  func index(in folder: String) throws -> any ScratchIndex
}

/// A sorted map from bytes to bytes on disk, for data that grows with the number of pictures and would fill the memory.
///
/// All calls block, and are made one after another.
public protocol ScratchIndex: AnyObject, Sendable {
  typealias Entry = (key: [UInt8], value: [UInt8])

  /// The number of keys.
  var count: Int { get }

  func value(of key: [UInt8]) throws -> [UInt8]?

  /// Whether the key is new; an existing one keeps its value.
  @discardableResult func insert(_ value: [UInt8], for key: [UInt8]) throws -> Bool

  /// The same for many at once, which takes less time; returns how many of them are new.
  @discardableResult func insert(contentsOf entries: [Entry]) throws -> Int

  /// Whether the key existed.
  @discardableResult func remove(_ key: [UInt8]) throws -> Bool

  /// The first entries by ascending keys, in byte order: after `key`, nil for no bound, and before `end`, nil for no
  /// bound.
  func entries(after key: [UInt8]?, before end: [UInt8]?, limit: Int) throws -> [Entry]
}
