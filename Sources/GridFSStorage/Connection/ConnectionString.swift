import CMongoC
import PoseCore

/// A parsed connection string, with our defaults for what it leaves open.
///
/// It may contain a password, so nothing of it is ever shown except the hosts and the names of user and database.
// Guarded by: nothing changes after `init`.
final class ConnectionString: @unchecked Sendable {
  /// How long calls may take, in milliseconds.
  struct Timeouts: Sendable {
    var selection: Int32
    var connect: Int32
    var socket: Int32

    static let usual = Timeouts(selection: 2000, connect: 2000, socket: 10_000)
    /// For the response that health has to give within 2 s.
    static let short = Timeouts(selection: 600, connect: 600, socket: 600)
  }

  let parsed: OpaquePointer

  /// - Parameter overriding: whether `timeouts` apply even if the string has its own.
  ///
  /// Throws `configuration`. libmongoc's own messages are left out: they quote the string, and with it a password whose
  /// special characters were not encoded.
  init(_ text: String, clients: Int, _ timeouts: Timeouts, overriding: Bool = false) throws {
    guard let parsed = mongoc_uri_new_with_error(text, nil) else {
      throw PoseVaultError(
        .configuration,
        "MONGODB_URI is not a MongoDB connection string (mongodb://user:password@host:port/database?options). Special "
          + "characters in the user name or the password must be percent-encoded, such as %40 for @ and %2F for /.")
    }
    self.parsed = parsed
    let values = [
      (MONGOC_URI_SERVERSELECTIONTIMEOUTMS, timeouts.selection), (MONGOC_URI_CONNECTTIMEOUTMS, timeouts.connect),
      (MONGOC_URI_SOCKETTIMEOUTMS, timeouts.socket), (MONGOC_URI_WAITQUEUETIMEOUTMS, timeouts.selection),
      (MONGOC_URI_MAXPOOLSIZE, Int32(clamping: clients)),
      // to libmongoc, how many idle clients are kept: without it, clients that once got a connection keep it from
      // those that need one where MongoDB's own limit is lower than ours
      (MONGOC_URI_MINPOOLSIZE, 4),
    ]
    for (option, value) in values {
      let given = overriding ? 0 : mongoc_uri_get_option_as_int32(parsed, option, 0)
      // 0 would be "for ever" or "no limit", and a MongoDB that hangs would then keep every thread
      mongoc_uri_set_option_as_int32(parsed, option, given > 0 ? min(given, Self.ceiling(of: option)) : value)
    }
    if !mongoc_uri_has_option(parsed, MONGOC_URI_SERVERSELECTIONTRYONCE) {
      mongoc_uri_set_option_as_bool(parsed, MONGOC_URI_SERVERSELECTIONTRYONCE, false)
    }
    if mongoc_uri_get_appname(parsed) == nil { mongoc_uri_set_appname(parsed, "posevault") }
    useThePrimary()
  }

  /// The most that a string can ask for: two minutes, or as many connections as there can be threads.
  private static func ceiling(of option: String) -> Int32 {
    option == MONGOC_URI_MAXPOOLSIZE || option == MONGOC_URI_MINPOOLSIZE ? 1000 : 120_000
  }

  deinit {
    mongoc_uri_destroy(parsed)
  }

  /// What one server has just written, another must be able to read, and a failover must not undo it.
  private func useThePrimary() {
    let primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY)
    mongoc_uri_set_read_prefs_t(parsed, primary)
    mongoc_read_prefs_destroy(primary)
    let local = mongoc_read_concern_new()
    mongoc_read_concern_set_level(local, MONGOC_READ_CONCERN_LEVEL_LOCAL)
    mongoc_uri_set_read_concern(parsed, local)
    mongoc_read_concern_destroy(local)
    // less than the socket's, so that an unconfirmed write is reported as such
    let given = mongoc_write_concern_get_wtimeout(mongoc_uri_get_write_concern(parsed))
    let journaled = mongoc_write_concern_new()
    mongoc_write_concern_set_wmajority(journaled, given > 0 ? given : 5000)
    mongoc_write_concern_set_journal(journaled, true)
    mongoc_uri_set_write_concern(parsed, journaled)
    mongoc_write_concern_destroy(journaled)
  }

  var database: String {
    guard let name = mongoc_uri_get_database(parsed) else { return "pose_images_db" }
    return String(cString: name)
  }

  /// Such as `db1:27017, db2:27017`.
  var hosts: String {
    if let service = mongoc_uri_get_srv_hostname(parsed) { return String(cString: service) }
    var names: [String] = []
    var next = mongoc_uri_get_hosts(parsed)
    while let host = next {
      names.append(withUnsafeBytes(of: host.pointee.host_and_port) { Document.text($0) })
      next = UnsafePointer(host.pointee.next)
    }
    return names.joined(separator: ", ")
  }

  var clients: Int {
    Int(mongoc_uri_get_option_as_int32(parsed, MONGOC_URI_MAXPOOLSIZE, 1))
  }
}
