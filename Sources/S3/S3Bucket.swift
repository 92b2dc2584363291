public import Curl
import Glibc
public import Logging
public import PoseCore
import Synchronization

/// A bucket on an S3 server.
///
/// All calls throw ``PoseVaultError``, whose cause is the ``S3Failure`` if the server has responded: with
/// `storageUnavailable` if the server can't be reached or doesn't do what it was asked, which is never mistaken for a
/// missing object; with `queueFull` and `shuttingDown`; and `CancellationError`. Temporary failures are retried, with
/// pauses, as long as nothing can be done twice.
public final class S3Bucket: Sendable {
  public let location: S3Location
  let credentials: S3Credentials
  let limits: TransferLimits
  let patience: S3Patience
  /// For digests of files.
  let files = BlockingPool("files", threads: 2, maxWaiting: 1000, waitLimit: .seconds(3600))
  private let client: CurlClient
  private let log: Logger
  /// How far the server's clock is ahead, in seconds.
  private let clockOffset = Atomic<Int64>(0)

  /// - Parameters:
  ///   - connections: and threads for them, 1 or more; each is kept open for the next request.
  ///   - limits: for one request. `total` must leave time for the largest object.
  ///   - waitLimit: how long a call waits for a free connection.
  ///   - bandwidth: in bytes per second, for all requests together, in both directions; nil for no limit.
  ///   - log: called when requests are signed with the server's time because this machine's differs.
  public init(
    _ location: S3Location, credentials: S3Credentials, connections: Int = 16,
    limits: TransferLimits = TransferLimits(connect: 10, reply: 60, total: 86_400), patience: S3Patience = S3Patience(),
    waitLimit: Duration = .seconds(60), bandwidth: Int? = nil, log: Logger
  ) {
    self.location = location
    self.credentials = credentials
    self.limits = limits
    self.patience = patience
    self.log = log
    client = CurlClient(
      "requests to S3", threads: max(connections, 1), maxWaiting: 1000, waitLimit: waitLimit, keepsConnections: true,
      bandwidth: bandwidth.map { Bandwidth(bytesPerSecond: $0) })
  }

  /// Waits for the requests in progress; later calls throw `shuttingDown`.
  public func shutDown() async throws {
    try await client.shutDown()
    try await files.shutDown()
  }

  /// The requests waiting and in progress.
  public func load(named name: String) -> PoolLoad { client.load(named: name) }

  /// Throws unless the bucket exists and may be used.
  public func ping() async throws {
    _ = try await explaining("reach the bucket") { try await send(Call(.head, answer: .beginning(limit: 0))) }
  }

  /// A request before signing.
  struct Call: Sendable {
    var method: HTTPRequest.Method
    /// nil for the bucket itself.
    var key: String?
    var query: [(String, String)]
    /// Except those of the signature.
    var headers: [HTTPField]
    var body: RequestBody
    /// SHA-256 of the body.
    var payload: [UInt8]
    var answer: AnswerUse
    /// Whether it may be sent twice, for example because the second attempt finds it already done.
    var isRepeatable = true

    init(
      _ method: HTTPRequest.Method, _ key: String? = nil, query: [(String, String)] = [],
      headers: [HTTPField] = [], body: RequestBody = .none, payload: [UInt8] = S3Digest.ofNothing,
      answer: AnswerUse = .beginning(limit: 64 * 1024)
    ) {
      self.method = method
      self.key = key
      self.query = query
      self.headers = headers
      self.body = body
      self.payload = payload
      self.answer = answer
    }
  }

  /// A response with a success status.
  struct Answer: Sendable {
    var response: HTTPResponse
    /// Whether an earlier attempt may already have done it.
    var mayBeRepeated: Bool
  }

  /// The outcome of a request that was retried in vain.
  struct Vain: Error {
    var failure: any Error
    /// Whether it may nevertheless have been carried out.
    var mayHaveBeenDone: Bool
  }

  /// Sends a request until it succeeds.
  ///
  /// Throws ``Vain`` with an ``S3Failure`` or a ``CurlFailure``, and whatever else ``CurlClient`` throws.
  func send(_ call: Call) async throws -> Answer {
    try await send { call }
  }

  /// - Parameter next: returns the request for each attempt. `progress` is checked after each one; if it has changed,
  ///   the attempts are counted from the start.
  func send(progress: () -> Int = { 0 }, _ next: () -> Call) async throws -> Answer {
    var attempt = 1
    var hasServerTime = false
    var mayBeRepeated = false
    var position = progress()
    while true {
      let call = next()
      do {
        let response = try await client.send(request(call))
        if response.isSuccess { return Answer(response: response, mayBeRepeated: mayBeRepeated) }
        let failure = S3Failure(response, credentials)
        if failure.code == "RequestTimeTooSkewed", !hasServerTime, let time = failure.serverTime {
          hasServerTime = true
          follow(time)
          continue
        }
        let mayHaveBeenDone = mayBeRepeated || failure.mayHaveBeenDone
        guard failure.mayPass, call.isRepeatable || !failure.mayHaveBeenDone,
          let pause = patience.pause(after: attempt, asked: failure.retryAfter)
        else { throw Vain(failure: failure, mayHaveBeenDone: mayHaveBeenDone) }
        mayBeRepeated = mayHaveBeenDone
        try await Task.sleep(for: pause)
      } catch let failure as CurlFailure {
        let mayHaveBeenDone = mayBeRepeated || failure.mayHaveArrived
        if position != progress() {
          attempt = 1
          position = progress()
        }
        guard failure.mayPass, call.isRepeatable || !failure.mayHaveArrived,
          let pause = patience.pause(after: attempt, asked: nil)
        else { throw Vain(failure: failure, mayHaveBeenDone: mayHaveBeenDone) }
        mayBeRepeated = mayHaveBeenDone
        try await Task.sleep(for: pause)
      }
      attempt += 1
    }
  }

  private func follow(_ time: Int64) {
    let offset = time - Self.now()
    clockOffset.store(offset, ordering: .relaxed)
    log.warning(
      "The S3 server's clock differs from this machine's; requests are signed with the server's time. Set this machine's clock.",
      metadata: ["seconds": "\(offset)"])
  }

  private static func now() -> Int64 { Int64(time(nil)) }

  private func request(_ call: Call) -> HTTPRequest {
    let signature = SignatureV4(
      credentials: credentials, region: location.region,
      time: Self.now() + clockOffset.load(ordering: .relaxed))
    let payload = Hexadecimal.text(call.payload)
    var headers = call.headers
    headers += [
      HTTPField("Host", location.host), HTTPField("X-Amz-Content-Sha256", payload),
      HTTPField("X-Amz-Date", signature.timestamp),
    ]
    if let token = credentials.sessionToken { headers.append(HTTPField("X-Amz-Security-Token", token)) }
    let path = location.path(call.key)
    let authorization = signature.authorization(
      SignatureV4.Request(
        method: call.method.rawValue, path: path, query: call.query, headers: headers, payload: payload))
    headers.append(HTTPField("Authorization", authorization))
    let query = call.query.isEmpty ? "" : "?" + SignatureV4.query(call.query)
    var request = HTTPRequest(
      call.method, "\(location.scheme)://\(location.host)\(path)\(query)", headers: headers, body: call.body,
      answer: call.answer, limits: limits)
    request.certificates = location.certificates
    request.isSentOnce = !call.isRepeatable
    return request
  }

  /// Runs `body`, and turns its failure into a message that says what could not be done.
  func explaining<Value>(_ what: String, _ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let vain as Vain {
      switch vain.failure {
      case let failure as S3Failure:
        throw failure.explained(what, host: location.host, mayHaveBeenDone: vain.mayHaveBeenDone)
      case let failure as CurlFailure:
        throw failure.explained(what, host: location.host, mayHaveBeenDone: vain.mayHaveBeenDone)
      default: throw vain.failure
      }
    } catch let error as S3XML.Malformed {
      throw PoseVaultError(
        .storageUnavailable, "Could not \(what): \(location.host) sent an invalid response.", cause: error)
    }
  }
}

extension CurlFailure {
  /// Whether it may be temporary.
  var mayPass: Bool {
    switch kind {
    case .connection, .timeout, .broken, .cutOff: true
    case .encryption, .login, .tooLong, .other: false
    }
  }
}
