import CCurl
public import PoseCore

/// The library that sends mail and calls other servers, with the TLS and compression libraries it uses.
public enum CurlLibraries {
  public static var versions: [LibraryVersion] {
    [LibraryVersion("libcurl", version: curl_version().map { String(cString: $0) })]
  }
}
