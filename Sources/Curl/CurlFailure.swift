import CCurl

/// Why a transfer failed. A response with a status such as 503 is not a failure.
public struct CurlFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// The server can't be reached.
    case connection
    /// No encrypted connection, or not with the intended server.
    case encryption
    /// User and password were rejected.
    case login
    /// The server took longer than the limits allow.
    case timeout
    /// The connection ended before the response did.
    case broken
    /// The server closed the connection while receiving data; it may have said why.
    case cutOff
    /// The response is longer than allowed.
    case tooLong
    case other
  }

  public var kind: Kind
  /// libcurl's own description of its code, without a full stop; it contains no addresses or passwords.
  public var message: String
  /// Whether the server may have received the request and carried it out.
  public var mayHaveArrived: Bool

  public init(_ kind: Kind, _ message: String, mayHaveArrived: Bool) {
    self.kind = kind
    self.message = message
    self.mayHaveArrived = mayHaveArrived
  }

  public var description: String { message }

  init(_ result: CURLcode, mayHaveArrived: Bool) {
    let kind: Kind
    switch result {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: kind = .connection
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED,
      CURLE_SSL_INVALIDCERTSTATUS:
      kind = .encryption
    case CURLE_LOGIN_DENIED: kind = .login
    case CURLE_OPERATION_TIMEDOUT: kind = .timeout
    case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE: kind = .broken
    case CURLE_SEND_ERROR, CURLE_SEND_FAIL_REWIND: kind = .cutOff
    default: kind = .other
    }
    self.init(kind, Self.describe(result), mayHaveArrived: mayHaveArrived)
  }

  static func describe(_ result: CURLcode) -> String {
    String(cString: curl_easy_strerror(result))
  }
}
