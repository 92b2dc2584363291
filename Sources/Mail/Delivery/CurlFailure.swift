import CCurl

extension DeliveryFailure {
  /// What kept a transfer to `server` from getting an answer; nil where the answer decides.
  init?(_ result: CURLcode, server: String) {
    let kind: Kind
    switch result {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: kind = .connection
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_USE_SSL_FAILED, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_INITFAILED,
      CURLE_SSL_INVALIDCERTSTATUS:
      kind = .encryption
    case CURLE_LOGIN_DENIED: kind = .authentication
    case CURLE_OPERATION_TIMEDOUT, CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE: kind = .temporary
    default: return nil
    }
    // libcurl's own words for the code, which know nothing of addresses and passwords
    self.init(kind, "\(server): \(CurlTransfer.describe(result)).")
  }
}
