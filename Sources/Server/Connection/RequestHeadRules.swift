import NIOHTTP1
import PoseCore

/// What a request's header must be like so that everything on its way has understood it the same (RFC 9112).
///
/// If a proxy and a server disagree about where a request ends, or whom it is for, one client's request can hide in
/// another's. So anything ambiguous is refused, even if the standard would allow one of the readings.
enum RequestHeadRules {
  /// nil if nothing is wrong.
  static func fault(of head: HTTPRequestHead) -> PoseVaultError? {
    let hosts = head.headers["host"]
    guard hosts.count == 1 || (hosts.isEmpty && head.version.minor == 0) else {
      return PoseVaultError(.badRequest, "The request must have one Host field.")
    }
    if let host = hosts.first, HostName(authority: withoutSpace(host)) == nil {
      return PoseVaultError(.badRequest, "The Host field is not a host name.")
    }
    return framingFault(of: head) ?? targetFault(of: head)
  }

  /// A target with a host (`GET http://host/path`) takes precedence over the Host field (RFC 9112, section 3.2.2).
  static func withoutAbsoluteTarget(_ head: HTTPRequestHead) -> HTTPRequestHead {
    var head = head
    guard let (authority, path) = absoluteTarget(head.uri) else {
      // what reads it later takes it as it is
      if let host = head.headers.first(name: "host"), withoutSpace(host) != host {
        head.headers.replaceOrAdd(name: "host", value: String(withoutSpace(host)))
      }
      return head
    }
    head.uri = path
    head.headers.replaceOrAdd(name: "host", value: authority)
    return head
  }

  private static func framingFault(of head: HTTPRequestHead) -> PoseVaultError? {
    let lengths = head.headers["content-length"]
    guard lengths.count <= 1, lengths.allSatisfy({ Query.integer(withoutSpace($0)) != nil }) else {
      return PoseVaultError(.badRequest, "The request must have one Content-Length at most, a whole number.")
    }
    guard head.headers.contains(name: "transfer-encoding") else { return nil }
    guard head.version.minor > 0 else {
      return PoseVaultError(.badRequest, "HTTP/1.0 does not support Transfer-Encoding.")
    }
    guard lengths.isEmpty else {
      return PoseVaultError(.badRequest, "The request has both a Content-Length and a Transfer-Encoding.")
    }
    let codings = head.headers["transfer-encoding"].joined(separator: ",")
      .split(separator: ",", omittingEmptySubsequences: false)
      .map { withoutSpace($0).lowercased() }
    if codings == ["chunked"] { return nil }
    guard codings.last == "chunked", codings.filter({ $0 == "chunked" }).count == 1, !codings.contains("") else {
      return PoseVaultError(.badRequest, "The Transfer-Encoding must be chunked.")
    }
    return PoseVaultError(.notImplemented, "The only supported Transfer-Encoding is chunked.")
  }

  /// NIO leaves some of the white space that may surround a value.
  private static func withoutSpace(_ value: some StringProtocol) -> Substring {
    var value = Substring(value).drop { $0 == " " || $0 == "\t" }
    while value.last == " " || value.last == "\t" { value.removeLast() }
    return value
  }

  private static func targetFault(of head: HTTPRequestHead) -> PoseVaultError? {
    if head.method == .CONNECT || head.uri.hasPrefix("/") || (head.uri == "*" && head.method == .OPTIONS) { return nil }
    if let (authority, _) = absoluteTarget(head.uri), HostName(authority: authority) != nil { return nil }
    return PoseVaultError(.badRequest, "The request's target must be a path that begins with a slash.")
  }

  private static func absoluteTarget(_ uri: String) -> (authority: String, path: String)? {
    guard let scheme = uri.firstRange(of: "://"), ["http", "https"].contains(uri[..<scheme.lowerBound].lowercased())
    else { return nil }
    let rest = uri[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let path = rest[authority.endIndex...]
    return (String(authority), path.hasPrefix("/") ? String(path) : "/" + path)
  }
}
