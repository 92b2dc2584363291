#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// How many files and connections the process may have open at once.
enum DescriptorLimit {
  /// What is needed besides connections: databases, models, pictures being read, archives.
  private static let others = 256

  #if canImport(Glibc)
    private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  #else
    private static let resource = RLIMIT_NOFILE
  #endif

  /// Raises the limit as far as the system permits the process, and returns the resulting limit.
  @discardableResult
  static func raise() -> Int {
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return 0 }
    if limit.rlim_cur < limit.rlim_max {
      var raised = limit
      raised.rlim_cur = limit.rlim_max
      if setrlimit(resource, &raised) == 0 { limit = raised }
    }
    return Int(clamping: limit.rlim_cur)
  }

  /// A message for the operator; nil if the limit is high enough.
  static func notice(limit: Int, maxConnections: Int) -> String? {
    guard limit < maxConnections + others else { return nil }
    return "The process may open \(limit) files and connections, too few for MAX_CONNECTIONS=\(maxConnections): "
      + "raise the hard limit (ulimit -Hn, LimitNOFILE=) to \(maxConnections + others), or lower MAX_CONNECTIONS."
  }
}
