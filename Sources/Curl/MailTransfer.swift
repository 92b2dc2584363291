import CCurl

/// One mail in progress, on one thread.
struct MailTransfer {
  let handle: CurlHandle
  let mail: MailRequest

  func perform() throws -> MailAnswer {
    try address()
    try handle.set(CURLOPT_HTTPHEADER, mail.headers)
    try handle.setMime(mail.parts)
    let replies = Replies()
    // replies come as libcurl's headers
    try handle.receiveHead { replies.take($0) }
    do {
      _ = try handle.perform()
      return MailAnswer(replies: replies.bytes, failure: nil)
    } catch let failure as CurlFailure {
      return MailAnswer(replies: replies.bytes, failure: failure)
    }
  }

  private func address() throws {
    try handle.set(CURLOPT_URL, mail.url)
    if mail.url.hasPrefix("smtp:") {
      let level = mail.encryption == .required ? CURLUSESSL_ALL : CURLUSESSL_TRY
      try handle.set(CURLOPT_USE_SSL, Int(level.rawValue))
    }
    if let certificates = mail.certificates { try handle.set(CURLOPT_CAINFO, certificates) }
    if let login = mail.login {
      try handle.set(CURLOPT_USERNAME, login.user)
      try handle.set(CURLOPT_PASSWORD, login.password)
    }
    try handle.set(CURLOPT_MAIL_FROM, "<\(mail.sender)>")
    try handle.set(CURLOPT_MAIL_RCPT, mail.recipients.map { "<\($0)>" })
    try handle.set(CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1)
  }

  private final class Replies {
    var bytes: [UInt8] = []

    func take(_ piece: UnsafeRawBufferPointer) {
      bytes += piece.prefix(max(64 * 1024 - bytes.count, 0))
    }
  }
}
