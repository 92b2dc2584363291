/// What the holder of a key may do; the raw value is what storages contain and the API shows.
///
/// Which route requires which role is defined in the server's table.
public enum AccessRole: String, Sendable, Hashable, CaseIterable {
  /// Reads poses and pictures.
  case viewer
  /// Adds pictures, and sees only the response.
  case uploader
  /// Reads, adds, corrects, deletes and exports.
  case editor
  /// Reads metrics and detailed health.
  case monitor
  /// Like monitor, and makes and monitors backups; reads no poses or pictures.
  case `operator`
  /// May do everything.
  case owner
}
