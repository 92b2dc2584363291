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
  /// With http or https; its path is sent as it is.
  public var url: String
  public var headers: [HTTPField]
  /// For PUT and POST.
  public var body: RequestBody
  public var answer: AnswerUse
  public var limits: TransferLimits
  /// A PEM file with the authorities to trust instead of the system's.
  public var certificates: String?
  /// How many redirects are followed, 0 for none. From https, only https is followed.
  public var maxRedirects = 0
  /// For requests that must not be made twice: opens a new connection, since libcurl resends a request by itself if an
  /// old connection turns out to be dead.
  public var isSentOnce = false

  /// Whether the server gets a second to refuse a body longer than 1 MiB before it is sent.
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

/// A header field of a request or response.
public struct HTTPField: Sendable, Hashable {
  public var name: String
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// The body of a request.
public enum RequestBody: Sendable {
  case none
  case bytes([UInt8])
  /// `range` of a file, read while it is sent.
  case file(path: String, range: Range<Int>)
  /// The source is created on the transfer's thread, and again if its bytes have to be resent from the start.
  case source(@Sendable () throws -> any BodySource)
}

/// Provides a body's bytes; used by one transfer, on its thread.
public protocol BodySource {
  /// The total number of bytes.
  var length: Int { get }

  /// Writes some of the next bytes into `buffer`, which is never empty, and returns how many: none at the end.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

/// What to do with a response's body.
public enum AnswerUse: Sendable {
  /// Keeps its first `limit` bytes and drops the rest.
  case beginning(limit: Int)
  /// Keeps all of it; fails with `tooLong` if it has more than `limit` bytes.
  case whole(limit: Int)
  /// Passes on the body of a 2xx response, on the transfer's thread; 64 KiB of any other are kept. Fails with `tooLong`
  /// beyond `limit` bytes, and with whatever the sink throws.
  case handed(limit: Int, to: @Sendable (HTTPResponse, UnsafeRawBufferPointer) throws -> Void)
}

/// A server's response.
public struct HTTPResponse: Sendable {
  public var status: Int
  public var headers: [HTTPField]
  /// As much as ``AnswerUse`` says.
  public var body: [UInt8] = []

  public var isSuccess: Bool { (200..<300).contains(status) }

  /// The value of the first field with that name, in any case.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.utf8.elementsEqual(name.utf8) || $0.name.lowercased() == name.lowercased() }?.value
  }
}
