public import Foundation
import Synchronization

extension Process {
  private static let starting = Mutex(())

  /// Starts it while no other process is being started.
  ///
  /// Foundation takes a process for running as long as anyone holds a socket that it hands down. One that is started
  /// at the same moment would get a copy, and a short command would seem to last as long as a server.
  public func start() throws {
    try Self.starting.withLock { _ in try run() }
  }
}
