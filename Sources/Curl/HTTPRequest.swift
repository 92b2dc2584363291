/// A request to be sent by ``CurlClient``.
public struct HTTPRequest: Sendable {
  public enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case put = "PUT"
    case post = "POST"
    case delete = "DELETE"
  }

  public var method: Method
  /// With http or https; its path is sent as it stands.
  public var url: String
  public var headers: [HTTPField]
  /// Of PUT and POST.
  public var body: RequestBody
  public var answer: AnswerUse
  public var limits: TransferLimits
  /// A PEM file with the authorities to trust in place of the system's.
  public var certificates: String?
  /// How many redirections are followed, 0 for none. From https, only https is followed.
  public var maxRedirects = 0
  /// For what must not be done twice: goes over a new connection, since libcurl sends a request again by itself where an
  /// old connection turns out to be dead.
  public var isSentOnce = false

  /// Whether the server may refuse a body longer than 1 MiB before it is sent, for which it is given a second.
  public var expectsContinue = true

  public init(
    _ method: Method, _ url: String, headers: [HTTPField] = [], body: RequestBody = .none,
    answer: AnswerUse = .beginning(limit: 64 * 1024), limits: TransferLimits = TransferLimits()
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.answer = answer
    self.limits = limits
  }
}

/// A line of a request's or an answer's head.
public struct HTTPField: Sendable, Hashable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// What a request carries.
public enum RequestBody: Sendable {
  case none
  case bytes([UInt8])
  /// `range` of a file, read while it is sent.
  case file(path: String, range: Range<Int>)
  /// The source is made on the transfer's thread, and once more where its bytes have to be sent again from the start.
  case source(@Sendable () throws -> any BodySource)
}

/// Where a body's bytes come from; used by one transfer, on its thread.
public protocol BodySource {
  /// How many bytes there are in all.
  var length: Int { get }

  /// Writes some of the next bytes into `buffer`, which is never empty, and says how many: none at the end.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// What is done with an answer's body.
public enum AnswerUse: Sendable {
  /// Keeps its first `limit` bytes and drops the others.
  case beginning(limit: Int)
  /// Keeps all of it; fails with `tooLong` at a byte more than `limit`.
  case whole(limit: Int)
  /// Hands on, on the transfer's thread, the body of a 2xx answer; of others 64 KiB are kept. Fails with `tooLong` at a
  /// byte more than `limit`, and with what the sink throws.
  case handed(limit: Int, to: @Sendable (HTTPResponse, UnsafeRawBufferPointer) throws -> Void)
}

/// A server's answer.
public struct HTTPResponse: Sendable {
  public var status: Int
  public var headers: [HTTPField]
  /// As much as ``AnswerUse`` says.
  public var body: [UInt8] = []

  public var isSuccess: Bool { (200..<300).contains(status) }

  /// The value of the first field of that name, in any case.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.utf8.elementsEqual(name.utf8) || $0.name.lowercased() == name.lowercased() }?.value
  }
}
