import CCurl
import PoseCore

/// libcurl's easy handle during one transfer, on one thread.
final class CurlHandle {
  private let handle: UnsafeMutableRawPointer
  private let stop: StopFlag
  private var lists: [UnsafeMutablePointer<curl_slist>] = []
  private var mime: OpaquePointer?
  private var receivers: [Receiver] = []
  private var source: ((UnsafeMutableRawBufferPointer) throws -> Int)?
  private var rewind: (() throws -> Void)?
  /// What a callback threw to end the transfer.
  private var thrown: (any Error)?

  // done once, by the first transfer, as libcurl demands
  private static let start: CURLcode = curl_start()

  /// A new handle, not yet connected to a server.
  static func make() throws -> UnsafeMutableRawPointer {
    guard start == CURLE_OK, let handle = curl_easy_init() else {
      throw PoseVaultError(.internal, "libcurl can't be started.")
    }
    return handle
  }

  static func free(_ handle: UnsafeMutableRawPointer) {
    curl_easy_cleanup(handle)
  }

  /// - Parameters:
  ///   - handle: from ``make()``; the caller's again once this object is gone.
  ///   - stop: checked once a second and with each piece; once raised, the transfer ends.
  init(_ handle: UnsafeMutableRawPointer, limits: TransferLimits, stop: StopFlag) throws {
    self.handle = handle
    self.stop = stop
    try set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_CONNECTTIMEOUT, limits.connect)
    try set(CURLOPT_SERVER_RESPONSE_TIMEOUT, limits.reply)
    try set(CURLOPT_LOW_SPEED_LIMIT, 1)
    try set(CURLOPT_LOW_SPEED_TIME, limits.reply)
    try set(CURLOPT_TIMEOUT, limits.total)
    try set(CURLOPT_NOPROGRESS, 0)
    try check(curl_set_data(handle, CURLOPT_XFERINFODATA, this))
    try check(curl_set_progress(handle) { this, _, _, _, _ in CurlHandle.of(this)?.stop.isRaised == true ? 1 : 0 })
  }

  deinit {
    // forgets everything but connections, which may serve the next transfer
    curl_easy_reset(handle)
    if let mime { CurlMime.free(mime) }
    for list in lists { curl_slist_free_all(list) }
  }

  private var this: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  private static func of(_ this: UnsafeMutableRawPointer?) -> CurlHandle? {
    this.map { Unmanaged<CurlHandle>.fromOpaque($0).takeUnretainedValue() }
  }

  func set(_ option: CURLoption, _ value: Int) throws {
    try check(curl_set_long(handle, option, value))
  }

  func set(_ option: CURLoption, offset value: Int) throws {
    try check(curl_set_offset(handle, option, value))
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

  func setMime(_ parts: [MailPart]) throws {
    let made = try CurlMime.make(for: handle, parts)
    mime = made
    try check(curl_set_mime(handle, made))
  }

  /// Sends what `next` writes into the buffer it is given, until it writes nothing.
  ///
  /// - Parameter rewind: makes `next` start over.
  func send(
    _ next: @escaping (UnsafeMutableRawBufferPointer) throws -> Int, rewind: @escaping () throws -> Void
  ) throws {
    source = next
    self.rewind = rewind
    try check(curl_set_data(handle, CURLOPT_READDATA, this))
    try check(curl_set_data(handle, CURLOPT_SEEKDATA, this))
    try check(
      curl_set_transfer(handle, CURLOPT_READFUNCTION) { target, size, count, this in
        guard let target, let transfer = CurlHandle.of(this) else { return curl_abort_read }
        let buffer = UnsafeMutableRawBufferPointer(start: target, count: size * count)
        return transfer.attempt { try transfer.source?(buffer) ?? 0 } ?? curl_abort_read
      })
    try check(
      curl_set_seek(handle) { this, offset, origin in
        guard let transfer = CurlHandle.of(this), offset == 0, origin == SEEK_SET else { return CURL_SEEKFUNC_CANTSEEK }
        return transfer.attempt { try transfer.rewind?() } == nil ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK
      })
  }

  /// Passes on header lines, which for SMTP are the server's replies.
  func receiveHead(_ take: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    try receive(CURLOPT_HEADERFUNCTION, data: CURLOPT_HEADERDATA, take)
  }

  func receiveBody(_ take: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    try receive(CURLOPT_WRITEFUNCTION, data: CURLOPT_WRITEDATA, take)
  }

  private final class Receiver {
    unowned let transfer: CurlHandle
    let take: (UnsafeRawBufferPointer) throws -> Void

    init(_ transfer: CurlHandle, _ take: @escaping (UnsafeRawBufferPointer) throws -> Void) {
      self.transfer = transfer
      self.take = take
    }
  }

  private func receive(
    _ option: CURLoption, data: CURLoption, _ take: @escaping (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let receiver = Receiver(self, take)
    receivers.append(receiver)
    try check(curl_set_data(handle, data, Unmanaged.passUnretained(receiver).toOpaque()))
    try check(
      curl_set_transfer(handle, option) { bytes, size, count, receiver in
        guard let bytes, let receiver else { return size * count }
        let target = Unmanaged<Receiver>.fromOpaque(receiver).takeUnretainedValue()
        let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
        // any other number ends the transfer, but for that which means a pause
        return target.transfer.attempt { try target.take(piece) } == nil ? (size * count == 0 ? 1 : 0) : size * count
      })
  }

  /// nil after an error, which is stored.
  private func attempt<Value>(_ body: () throws -> Value) -> Value? {
    do {
      return try body()
    } catch {
      thrown = thrown ?? error
      return nil
    }
  }

  /// Blocks until the transfer has ended; returns the code of the server's last reply, 0 if there is none.
  ///
  /// Throws ``CurlFailure``, whatever a source or a receiver threw, and `CancellationError` once the flag is raised.
  func perform() throws -> Int {
    let result = curl_easy_perform(handle)
    if let thrown { throw thrown }
    if result == CURLE_ABORTED_BY_CALLBACK, stop.isRaised { throw CancellationError() }
    guard result == CURLE_OK else {
      throw CurlFailure(result, mayHaveArrived: curl_request_size(handle) > 0)
    }
    return curl_response_code(handle)
  }

  static let outOfMemory = PoseVaultError(.internal, "libcurl has run out of memory.")

  private func check(_ result: CURLcode) throws {
    guard result == CURLE_OK else {
      throw PoseVaultError(.internal, "libcurl refused an option: \(CurlFailure.describe(result)).")
    }
  }
}
