import CCurl
import PoseCore

/// One transfer by libcurl: made, set up, performed once and thrown away, on one thread.
final class CurlTransfer {
  private let handle: UnsafeMutableRawPointer
  private var lists: [UnsafeMutablePointer<curl_slist>] = []
  private var mime: OpaquePointer?
  /// The body's next bytes, at most as many as asked for; empty at its end.
  private var body: ((Int) throws -> [UInt8])?
  private let isCancelled: @Sendable () -> Bool
  /// What the server said: SMTP's replies line by line, or an HTTP body's beginning.
  private(set) var replies: [UInt8] = []

  private static let replyLimit = 64 * 1024

  // done once, by the first transfer, as libcurl demands
  private static let start: CURLcode = curl_start()

  /// - Parameter isCancelled: asked about once a second; once true, the transfer ends.
  init(limits: TransferLimits, isCancelled: @escaping @Sendable () -> Bool) throws {
    guard Self.start == CURLE_OK, let handle = curl_easy_init() else {
      throw PoseVaultError(.internal, "libcurl can't be started.")
    }
    self.handle = handle
    self.isCancelled = isCancelled
    let this = Unmanaged.passUnretained(self).toOpaque()
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_CONNECTTIMEOUT, limits.connect)
    try set(CURLOPT_SERVER_RESPONSE_TIMEOUT, limits.reply)
    try set(CURLOPT_LOW_SPEED_LIMIT, 1)
    try set(CURLOPT_LOW_SPEED_TIME, limits.reply)
    try set(CURLOPT_TIMEOUT, limits.total)
    // Else the connection is ended when the handle goes, where nothing limits how long a server may take to say goodbye.
    try set(CURLOPT_FORBID_REUSE, 1)
    try set(CURLOPT_NOPROGRESS, 0)
    try check(curl_set_data(handle, CURLOPT_XFERINFODATA, this))
    try check(
      curl_set_progress(handle) { this, _, _, _, _ in CurlTransfer.of(this)?.isCancelled() == true ? 1 : 0 })
  }

  deinit {
    curl_easy_cleanup(handle)
    if let mime { CurlMime.free(mime) }
    for list in lists { curl_slist_free_all(list) }
  }

  func set(_ option: CURLoption, _ value: Int) throws {
    try check(curl_set_long(handle, option, value))
  }

  func set(_ option: CURLoption, _ value: String) throws {
    try check(curl_set_string(handle, option, value))
  }

  func set(_ option: CURLoption, _ values: [String]) throws {
    var list: UnsafeMutablePointer<curl_slist>?
    for value in values {
      guard let longer = curl_slist_append(list, value) else {
        curl_slist_free_all(list)
        throw Self.outOfMemory
      }
      list = longer
    }
    guard let list else { return }
    lists.append(list)
    try check(curl_set_list(handle, option, list))
  }

  /// Sends what `build` puts together.
  func setMime(_ build: (CurlMime) throws -> Void) throws {
    let made = try CurlMime.make(for: handle, build)
    mime = made
    try check(curl_set_mime(handle, made))
  }

  /// Sends a body of `length` bytes.
  func setBody(length: Int, _ next: @escaping (_ maxCount: Int) throws -> [UInt8]) throws {
    body = next
    try set(CURLOPT_POST, 1)
    try check(curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, length))
    try check(curl_set_data(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque()))
    try check(
      curl_set_transfer(handle, CURLOPT_READFUNCTION) { target, size, count, this in
        guard let target, let transfer = CurlTransfer.of(this), let bytes = try? transfer.body?(size * count) else {
          return curl_abort_read
        }
        UnsafeMutableRawBufferPointer(start: target, count: size * count).copyBytes(from: bytes)
        return bytes.count
      })
  }

  /// Keeps the beginning of what comes as `option` names it: headers (SMTP's replies) or the body.
  func keepReplies(_ option: CURLoption, data: CURLoption) throws {
    try check(curl_set_data(handle, data, Unmanaged.passUnretained(self).toOpaque()))
    try check(
      curl_set_transfer(handle, option) { bytes, size, count, this in
        if let bytes, let transfer = CurlTransfer.of(this) {
          let room = max(CurlTransfer.replyLimit - transfer.replies.count, 0)
          transfer.replies += UnsafeRawBufferPointer(start: bytes, count: min(size * count, room))
        }
        return size * count
      })
  }

  /// Blocks until the transfer has ended; the code of the server's last reply, 0 where there is none.
  func perform() -> (result: CURLcode, response: Int) {
    let result = curl_easy_perform(handle)
    return (result, curl_response_code(handle))
  }

  static func describe(_ result: CURLcode) -> String {
    String(cString: curl_easy_strerror(result))
  }

  static let outOfMemory = PoseVaultError(.internal, "libcurl has run out of memory.")

  private static func of(_ this: UnsafeMutableRawPointer?) -> CurlTransfer? {
    this.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
  }

  private func check(_ result: CURLcode) throws {
    guard result == CURLE_OK else {
      throw PoseVaultError(.internal, "libcurl refused an option: \(Self.describe(result)).")
    }
  }
}

/// How long a transfer may take, in seconds.
public struct TransferLimits: Sendable, Hashable {
  /// Until the connection stands, encryption included.
  public var connect: Int
  /// Until the server answers or takes more bytes.
  public var reply: Int
  public var total: Int

  public init(connect: Int = 30, reply: Int = 180, total: Int = 1800) {
    self.connect = connect
    self.reply = reply
    self.total = total
  }
}
