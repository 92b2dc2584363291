import Curl

extension DeliveryFailure {
  /// Why a transfer to `server` got no response; nil if the response decides.
  init?(_ failure: CurlFailure, server: String) {
    let kind: Kind
    switch failure.kind {
    case .connection: kind = .connection
    case .encryption: kind = .encryption
    case .login: kind = .authentication
    case .timeout, .broken: kind = .temporary
    case .cutOff, .tooLong, .other: return nil
    }
    self.init(kind, "\(server): \(failure.message).")
  }
}

extension CurlClient {
  /// The thread that waits for a mail server.
  static func forMail() -> CurlClient {
    CurlClient("mails", threads: 1, maxWaiting: 100, waitLimit: .seconds(3600))
  }
}
