/// How much of a bounded pool is in use.
public struct PoolLoad: Sendable, Hashable {
  /// Such as `database_reads`.
  public var name: String
  /// Waiting callers.
  public var waiting: Int
  /// Threads, connections or other units in use, and how many there are.
  public var used: Int
  public var capacity: Int

  public init(name: String, waiting: Int, used: Int, capacity: Int) {
    self.name = name
    self.waiting = waiting
    self.used = used
    self.capacity = capacity
  }
}

/// A part that uses bounded pools and reports their load.
public protocol PoolUser: Sendable {
  var pools: [PoolLoad] { get }
}
