import Logging
import PoseCore
import ServiceLifecycle

/// Removes, once a day, the pictures that crashes between picture and row have left.
///
/// Deleting pictures unasked needs more care than freeing space is worth. So it removes only pictures that carry this
/// database's id, arrived more than a day ago and are named by no pose; none while a backup or a restore is under
/// way, none when there is no pose at all, and none when there are more than ``limit``: so many are not left by
/// crashes, but by lost rows, and a person should look.
struct OrphanSweep: Service, CustomStringConvertible {
  enum Outcome: Sendable, Equatable {
    case removed(Int)
    /// Another server, or this one, has swept within a day.
    case notDue
    case restoringOrBackingUp
    case noPoses(orphans: Int)
    case tooMany(orphans: Int)
  }

  let description = "orphan sweep"
  let check: PictureCheck
  let logger: Logger

  static let limit = 100
  /// How long a picture may be without a pose, in seconds.
  static let age: Int64 = 86_400
  private static let pause = Duration.seconds(3600)

  func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do {
          tell(try await sweep(at: check.clock()))
        } catch is CancellationError {
          return
        } catch {
          WorkMetrics.countFailure(error, of: "sweep")
          logger.report(error, "Pictures without a pose were not looked for", level: .warning)
        }
        try? await Task.sleep(for: Self.pause)
      }
    }
  }

  /// Sweeps if it is due at `now`, in seconds since 1970.
  func sweep(at now: Int64) async throws -> Outcome {
    guard try await !check.runs.isRestoringOrBackingUp(at: now) else { return .restoringOrBackingUp }
    guard try await check.runs.claimSweep(at: now) else { return .notDue }
    let orphans = try await check.orphans(before: now - Self.age)
    guard !orphans.isEmpty else { return .removed(0) }
    guard try await !check.hasNoPoses() else { return .noPoses(orphans: orphans.count) }
    guard orphans.count <= Self.limit else { return .tooMany(orphans: orphans.count) }
    return .removed(try await check.remove(orphans.map(\.id)))
  }

  private func tell(_ outcome: Outcome) {
    switch outcome {
    case .notDue, .restoringOrBackingUp, .removed(0): break
    case .removed(let count): logger.info("Removed pictures that no pose named: \(count)")
    case .noPoses(let orphans):
      logger.warning("There are pictures, but no pose: \(orphans); nothing was removed. `posevault doctor` tells more.")
    case .tooMany(let orphans):
      logger.warning(
        "Pictures that no pose names: \(orphans); too many to remove unasked. `posevault doctor --fix` removes them.")
    }
  }
}
