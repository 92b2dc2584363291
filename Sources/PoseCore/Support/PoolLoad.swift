/// How much of a bounded pool is in use.
public struct PoolLoad: Sendable, Hashable {
  /// Such as `database_reads`.
  public var name: String
  /// Callers that wait.
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

/// A part that works with bounded pools and tells how busy they are.
public protocol PoolUser: Sendable {
  var pools: [PoolLoad] { get }
}
