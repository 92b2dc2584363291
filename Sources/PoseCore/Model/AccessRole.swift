/// What the holder of a key may do; the raw value is what storages hold and the API shows.
///
/// Which route takes which role is the server's table.
public enum AccessRole: String, Sendable, Hashable, CaseIterable {
  /// Reads poses and pictures.
  case viewer
  /// Adds pictures, and sees only the answer.
  case uploader
  /// Reads, adds, corrects, deletes and exports.
  case editor
  /// Reads metrics and health in detail.
  case monitor
  /// As a monitor, and makes and watches backups; reads no pose or picture.
  case `operator`
  /// May do everything.
  case owner
}
