import Crypto
import Curl
import Foundation
import PoseCore
import Synchronization

extension S3Bucket {
  /// What is known about an object; nil if there is none.
  public func head(_ key: String, versionID: String? = nil) async throws -> S3Object? {
    try await explaining("look up the object") {
      try await unlessMissing {
        let call = Call(
          .head, key, query: versionID.map { [("versionId", $0)] } ?? [],
          headers: [HTTPField("x-amz-checksum-mode", "ENABLED")], answer: .beginning(limit: 0))
        return try known(try await send(call).response)
      }
    }
  }

  /// An object's bytes; nil if there is none.
  ///
  /// - Parameters:
  ///   - range: a range inside the object; nil for all.
  ///   - etag: of the expected object; a different one under this key throws `preconditionFailed`.
  ///   - limit: more bytes are an error.
  public func get(
    _ key: String, range: Range<Int>? = nil, etag: String? = nil, limit: Int
  ) async throws -> (object: S3Object, bytes: [UInt8])? {
    let bytes = Mutex<[UInt8]>([])
    let object = try await get(key, range: range, etag: etag, limit: limit) { piece in
      bytes.withLock { $0 += piece }
    }
    return object.map { ($0, bytes.withLock { $0 }) }
  }

  /// Passes on an object's bytes as they arrive, on the request's thread, each once and in order, even if the
  /// connection breaks in between; nil if there is none. If it is read in full, it is compared with the server's
  /// SHA-256, if there is one, which is known only after the last byte.
  public func get(
    _ key: String, range: Range<Int>? = nil, etag: String? = nil, limit: Int,
    to sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void
  ) async throws -> S3Object? {
    if let range, range.isEmpty { return try await head(key) }
    let download = Download(range: range, etag: etag, sink: sink)
    return try await explaining("read the object") {
      try await unlessMissing {
        let answer = try await send(progress: { download.position }) {
          Call(
            .get, key, headers: download.headers,
            answer: .handed(limit: limit) { response, piece in try download.take(response, piece) })
        }
        let object = try known(answer.response)
        try download.end(object, answer.response)
        return object
      }
    }
  }

  /// At most `limit` objects whose key begins with `prefix` and comes after `after`, in ascending byte order of their
  /// keys.
  public func list(prefix: String, after: String? = nil, limit: Int) async throws -> [S3Entry] {
    var entries: [S3Entry] = []
    var token: String?
    while entries.count < limit {
      var query = [
        ("list-type", "2"), ("prefix", prefix), ("max-keys", "\(min(limit - entries.count, 1000))"),
        ("encoding-type", "url"),
      ]
      if let token {
        query.append(("continuation-token", token))
      } else if let after {
        query.append(("start-after", after))
      }
      let page = try await xml("list the objects", Call(.get, query: query, answer: .whole(limit: Self.longestList)))
      let found = try page.all("Contents").map { try entry($0, isEncoded: page["EncodingType"] == "url") }
      entries += found
      token = page["NextContinuationToken"]
      guard page["IsTruncated"] == "true", let next = token, !next.isEmpty else { break }
      guard !found.isEmpty || !page.all("CommonPrefixes").isEmpty else {
        throw PoseVaultError(
          .storageUnavailable,
          "Could not list the objects: \(location.host) sent an empty page and says there are more.")
      }
    }
    return Array(entries.prefix(limit))
  }

  /// Keys that begin with `prefix`, each up to the next slash after it, without duplicates; at most `limit`, and at
  /// most 1000.
  public func names(below prefix: String, limit: Int) async throws -> [String] {
    let query = [
      ("list-type", "2"), ("prefix", prefix), ("delimiter", "/"), ("max-keys", "\(min(limit, 1000))"),
      ("encoding-type", "url"),
    ]
    let page = try await xml("list the objects", Call(.get, query: query, answer: .whole(limit: Self.longestList)))
    let isEncoded = page["EncodingType"] == "url"
    let folders = page.all("CommonPrefixes").compactMap { $0["Prefix"] }
      .compactMap { isEncoded ? $0.replacing("+", with: " ").removingPercentEncoding : $0 }
    return try (folders + page.all("Contents").map { try entry($0, isEncoded: isEncoded).key }).sorted()
  }

  /// In bytes; a page has 1000 keys of 1024 bytes, each encoded in up to three.
  static let longestList = 8 * 1024 * 1024

  private func entry(_ xml: S3XML, isEncoded: Bool) throws -> S3Entry {
    guard let written = xml["Key"], let length = xml["Size"].flatMap({ Int($0) }), length >= 0,
      // a space may have been written as a plus, as forms do
      let key = isEncoded ? written.replacing("+", with: " ").removingPercentEncoding : written
    else {
      throw PoseVaultError(
        .storageUnavailable, "Could not list the objects: \(location.host) sent one without a key or a size.")
    }
    return S3Entry(
      key: key, length: length, modifiedAt: xml["LastModified"].flatMap { HTTPDate.isoSeconds($0) }, etag: xml["ETag"])
  }

  /// The response to `call`, which is XML.
  func xml(_ what: String, _ call: Call) async throws -> S3XML {
    try await explaining(what) { try S3XML(try await send(call).response.body) }
  }

  func known(_ response: HTTPResponse) throws -> S3Object {
    guard let object = S3Object(response) else {
      throw PoseVaultError(.storageUnavailable, "\(location.host) answered without the object's length.")
    }
    return object
  }

  /// nil if the object is not there; a missing bucket is an error.
  private func unlessMissing<Value>(_ body: () async throws -> Value) async throws -> Value? {
    do {
      return try await body()
    } catch let vain as Vain {
      guard let failure = vain.failure as? S3Failure, failure.status == 404, failure.code != "NoSuchBucket" else {
        throw vain
      }
      // a HEAD's answer has no body that could tell the two apart
      if failure.code == nil { try await ping() }
      return nil
    }
  }
}

/// An object being downloaded, in as many attempts as it takes.
private final class Download: Sendable {
  private struct State {
    /// The position of the next byte in the object.
    var position: Int
    var etag: String?
    /// Only if the object is read from its start.
    var digest: SHA256?
    /// The position in this response's body, and where that begins in the object.
    var isBegun = false
  }

  private let range: Range<Int>?
  private let sink: @Sendable (UnsafeRawBufferPointer) throws -> Void
  private let state: Mutex<State>

  init(range: Range<Int>?, etag: String?, sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void) {
    self.range = range
    self.sink = sink
    state = Mutex(State(position: range?.lowerBound ?? 0, etag: etag, digest: range == nil ? SHA256() : nil))
  }

  var position: Int { state.withLock { $0.position } }

  /// For the next attempt.
  var headers: [HTTPField] {
    state.withLock { state in
      state.isBegun = false
      var headers = [HTTPField("x-amz-checksum-mode", "ENABLED")]
      if let etag = state.etag { headers.append(HTTPField("If-Match", etag)) }
      if let range {
        headers.append(HTTPField("Range", "bytes=\(state.position)-\(range.upperBound - 1)"))
      } else if state.position > 0 {
        headers.append(HTTPField("Range", "bytes=\(state.position)-"))
      }
      return headers
    }
  }

  func take(_ response: HTTPResponse, _ piece: UnsafeRawBufferPointer) throws {
    try state.withLock { state in
      if !state.isBegun {
        state.isBegun = true
        let start = try Self.start(response)
        guard start == state.position else {
          throw PoseVaultError(
            .storageUnavailable, "The S3 server sent other bytes of the object than requested.")
        }
        // what is read on later must be the same object
        state.etag = state.etag ?? response.header("ETag")
      }
      if let range, state.position + piece.count > range.upperBound {
        throw PoseVaultError(.storageUnavailable, "The S3 server sent more bytes of the object than requested.")
      }
      state.digest?.update(bufferPointer: piece)
      state.position += piece.count
    }
    try sink(piece)
  }

  /// Throws unless everything arrived, and as it was stored.
  func end(_ object: S3Object, _ response: HTTPResponse) throws {
    try state.withLock { state in
      guard state.position == range?.upperBound ?? object.length else {
        throw PoseVaultError(
          .storageUnavailable,
          "The object has \(object.length) bytes, and the S3 server sent \(state.position) of them.")
      }
      if let sha256 = object.sha256, let digest = state.digest, Hexadecimal.text(digest.finalize()) != sha256 {
        throw PoseVaultError(.storageUnavailable, "The object does not match its SHA-256.", isLasting: true)
      }
    }
  }

  /// Where the bytes of a response begin.
  private static func start(_ response: HTTPResponse) throws -> Int {
    guard response.status == 206 else { return 0 }
    guard let range = response.header("Content-Range"), range.hasPrefix("bytes "),
      let start = range.dropFirst(6).split(separator: "-").first.flatMap({ Int($0) })
    else { throw PoseVaultError(.storageUnavailable, "The S3 server sent a part without saying of what.") }
    return start
  }
}
