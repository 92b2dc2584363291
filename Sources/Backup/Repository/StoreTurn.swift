import PoseCore

/// Which of the pictures that are already in packs a run rereads in the store, so that each gets its turn within some
/// days: otherwise nobody would notice if the store had lost them.
struct StoreTurn {
  private let nights: UInt32
  private let night: UInt32

  /// - Parameters:
  ///   - bytes: of all these pictures.
  ///   - seconds: since 1970, when the run began.
  init(bytes: Int, _ rules: RepositoryRules, at seconds: Int64) {
    guard rules.reproofDays > 0 else {
      nights = 0
      night = 0
      return
    }
    let share = max(bytes / rules.reproofDays, rules.leastReading, 1)
    nights = UInt32(clamping: max((bytes + share - 1) / share, 1))
    night = UInt32(clamping: max(seconds, 0) / 86_400 % Int64(nights))
  }

  func isDue(_ id: ImageID) -> Bool {
    nights > 0 && CRC32.of(Array(id.description.utf8)) % nights == night
  }
}
