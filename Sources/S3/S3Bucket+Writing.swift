import Curl
import Foundation
import PoseCore

/// How an object is stored.
public struct S3PutOptions: Sendable {
  public var contentType: String?
  /// Names of letters, digits and hyphens; values of visible ASCII characters and spaces, at most 2 KiB in all.
  public var metadata: [String: String]
  /// Whether an existing object is left as it is.
  public var onlyIfAbsent: Bool
  /// Of the object to replace; any other is left as it is.
  public var onlyIfEtag: String?
  public var lock: S3Lock?
  public var hasLegalHold: Bool

  public init(
    contentType: String? = nil, metadata: [String: String] = [:], onlyIfAbsent: Bool = false,
    onlyIfEtag: String? = nil, lock: S3Lock? = nil, hasLegalHold: Bool = false
  ) {
    self.contentType = contentType
    self.metadata = metadata
    self.onlyIfAbsent = onlyIfAbsent
    self.onlyIfEtag = onlyIfEtag
    self.lock = lock
    self.hasLegalHold = hasLegalHold
  }

  func headers() throws -> [HTTPField] {
    var headers: [HTTPField] = []
    if let contentType { headers.append(HTTPField("Content-Type", contentType)) }
    for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
      headers.append(HTTPField("x-amz-meta-\(name)", value))
    }
    if let lock { headers += lock.headers }
    if hasLegalHold { headers.append(HTTPField("x-amz-object-lock-legal-hold", "ON")) }
    guard headers.allSatisfy({ $0.value.utf8.allSatisfy { (0x20..<0x7F).contains($0) } && !$0.value.isEmpty }),
      metadata.keys.allSatisfy({ $0.wholeMatch(of: /[a-z0-9-]+/) != nil }),
      metadata.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count }) <= 2048
    else {
      throw PoseVaultError(.badRequest, "An S3 object's metadata are at most 2 KiB of visible ASCII characters.")
    }
    return headers
  }

  /// Adds a mark by which a request that was sent twice recognises its own object. libcurl may send one twice by
  /// itself, so the number of attempts doesn't show it.
  var marked: S3PutOptions {
    var marked = self
    if marked.metadata[Self.mark] == nil {
      marked.metadata[Self.mark] = String(UInt64.random(in: 0...UInt64.max), radix: 16)
    }
    return marked
  }

  /// Whether an object was stored with these options, which have a mark.
  func isMark(of object: S3Object) -> Bool {
    metadata[Self.mark] != nil && object.metadata[Self.mark] == metadata[Self.mark]
  }

  private static let mark = "write"

  var conditions: [HTTPField] {
    if onlyIfAbsent { return [HTTPField("If-None-Match", "*")] }
    return onlyIfEtag.map { [HTTPField("If-Match", $0)] } ?? []
  }
}

/// A stored object.
public struct S3Written: Sendable, Hashable {
  public var etag: String
  /// If the bucket keeps versions.
  public var versionID: String?
  /// Of the whole object, 64 hexadecimal digits; nil if it was sent in parts.
  public var sha256: String?
}

extension S3Bucket {
  /// What is sent in one request.
  public enum Content: Sendable {
    case bytes([UInt8])
    /// A whole file or a part of it.
    case file(path: String, range: Range<Int>)
  }

  /// Stores an object in one request, with its digest, which the server verifies; at most 5 GB, S3's limit.
  ///
  /// Throws `preconditionFailed` if the options' condition is not met. An object stored on a condition has a mark in
  /// its metadata, `write`, which shows after a broken connection whose object it is. Without a condition, nothing that
  /// may have been stored is sent again: `nothingWasWritten` in the error says whether that is so.
  public func put(_ key: String, _ content: Content, options: S3PutOptions = S3PutOptions()) async throws -> S3Written {
    let body: RequestBody
    let digest: [UInt8]
    let options = options.conditions.isEmpty ? options : options.marked
    switch content {
    case .bytes(let bytes):
      body = .bytes(bytes)
      digest = S3Digest.of(bytes)
    case .file(let path, let range):
      body = .file(path: path, range: range)
      digest = try await files.run { stop in try S3Digest.of(file: path, range, unless: stop) }
    }
    let checksum = S3Digest.base64(digest)
    var call = Call(
      .put, key, headers: try options.headers() + options.conditions, body: body, payload: digest)
    call.headers.append(HTTPField("x-amz-checksum-sha256", checksum))
    call.isRepeatable = !options.conditions.isEmpty
    return try await explaining("store the object") {
      do {
        let response = try await send(call).response
        return S3Written(
          etag: response.header("ETag") ?? "", versionID: response.header("x-amz-version-id"),
          sha256: Hexadecimal.text(digest))
      } catch let vain as Vain {
        guard (vain.failure as? S3Failure)?.status == 412, let object = try await own(key, options, after: vain) else {
          throw vain
        }
        return S3Written(etag: object.etag, versionID: object.versionID, sha256: Hexadecimal.text(digest))
      }
    }
  }

  /// The object with this key, if it has the options' mark.
  func own(_ key: String, _ options: S3PutOptions, after vain: Vain) async throws -> S3Object? {
    do {
      guard let object = try await head(key), options.isMark(of: object) else { return nil }
      return object
    } catch is PoseVaultError {
      throw Vain(failure: vain.failure, mayHaveBeenDone: true)
    }
  }

  /// Removes an object, or puts a marker in its place if the bucket keeps versions. It is no error if there is none.
  ///
  /// - Parameters:
  ///   - versionID: removes that version.
  ///   - bypassesGovernance: even if it has a governance lock, if the credentials allow that.
  public func delete(_ key: String, versionID: String? = nil, bypassesGovernance: Bool = false) async throws {
    let call = Call(
      .delete, key, query: versionID.map { [("versionId", $0)] } ?? [],
      headers: bypassesGovernance ? [HTTPField("x-amz-bypass-governance-retention", "true")] : [])
    try await explaining("remove the object") {
      do {
        _ = try await send(call)
      } catch let vain as Vain {
        guard let failure = vain.failure as? S3Failure, failure.status == 404, failure.code != "NoSuchBucket" else {
          throw vain
        }
      }
    }
  }

  /// Locks an existing object, or extends its lock.
  public func lock(
    _ key: String, versionID: String? = nil, _ lock: S3Lock, bypassesGovernance: Bool = false
  ) async throws {
    let xml =
      "<Retention xmlns=\"\(Self.namespace)\"><Mode>\(lock.mode.rawValue)</Mode>"
      + "<RetainUntilDate>\(HTTPDate.iso(lock.until))</RetainUntilDate></Retention>"
    try await set("retention", of: key, versionID: versionID, to: xml, bypassesGovernance: bypassesGovernance)
  }

  /// Holds an object until it is released, whatever its lock says.
  public func setLegalHold(_ key: String, versionID: String? = nil, _ isHeld: Bool) async throws {
    let xml = "<LegalHold xmlns=\"\(Self.namespace)\"><Status>\(isHeld ? "ON" : "OFF")</Status></LegalHold>"
    try await set("legal-hold", of: key, versionID: versionID, to: xml, bypassesGovernance: false)
  }

  private func set(
    _ what: String, of key: String, versionID: String?, to xml: String, bypassesGovernance: Bool
  ) async throws {
    let bytes = Array(xml.utf8)
    let digest = S3Digest.of(bytes)
    var headers = [
      HTTPField("Content-Type", "application/xml"), HTTPField("x-amz-checksum-sha256", S3Digest.base64(digest)),
    ]
    if bypassesGovernance { headers.append(HTTPField("x-amz-bypass-governance-retention", "true")) }
    let call = Call(
      .put, key, query: [(what, "")] + (versionID.map { [("versionId", $0)] } ?? []), headers: headers,
      body: .bytes(bytes), payload: digest)
    _ = try await explaining("lock the object") { try await send(call) }
  }

  static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
}
