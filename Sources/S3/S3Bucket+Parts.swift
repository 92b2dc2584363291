import Curl
import Foundation
import PoseCore

/// A file that is uploaded in parts.
public struct S3Upload: Sendable {
  /// In bytes: at least 5 MiB, as S3 requires. Increased if more than 10,000 parts would result.
  public var partLength: Int
  /// How many parts are sent at once.
  public var lanes: Int

  public init(partLength: Int = 16 * 1024 * 1024, lanes: Int = 4) {
    self.partLength = max(partLength, 5 * 1024 * 1024)
    self.lanes = max(lanes, 1)
  }

  /// The parts of a file of `length` bytes.
  func parts(_ length: Int) -> [Range<Int>] {
    let size = max(partLength, (length + 9999) / 10_000)
    return stride(from: 0, to: length, by: size).map { $0..<min($0 + size, length) }
  }
}

/// An upload that was started and not completed: its parts cost money, but are not an object.
public struct S3UnfinishedUpload: Sendable, Hashable {
  public var key: String
  public var uploadID: String
  /// In seconds since 1970.
  public var begunAt: Int64?
}

extension S3Bucket {
  /// Stores a file of any length: in one request if it is no longer than a part, otherwise in parts, several at once,
  /// each with its digest. What a failed upload has sent is removed.
  ///
  /// Throws as ``put(_:_:options:)``.
  public func upload(
    _ key: String, file path: String, length: Int, options: S3PutOptions = S3PutOptions(),
    upload: S3Upload = S3Upload()
  ) async throws -> S3Written {
    let parts = upload.parts(length)
    guard parts.count > 1 else {
      return try await put(key, .file(path: path, range: 0..<length), options: options)
    }
    let options = options.marked
    let id = try await begin(key, options)
    do {
      let sent = try await send(parts, of: path, to: key, id, lanes: upload.lanes)
      return try await complete(key, upload: id, parts: sent, length: length, options: options)
    } catch {
      // also after a cancellation
      await Task { try? await abort(S3UnfinishedUpload(key: key, uploadID: id)) }.value
      throw error
    }
  }

  /// A part that the server has.
  private struct Part: Sendable {
    var number: Int
    var etag: String
    var checksum: String
  }

  private func begin(_ key: String, _ options: S3PutOptions) async throws -> String {
    var call = Call(
      .post, key, query: [("uploads", "")],
      headers: try options.headers() + [HTTPField("x-amz-checksum-algorithm", "SHA256")])
    call.isRepeatable = false
    guard let id = try await xml("begin the upload", call)["UploadId"], !id.isEmpty else {
      throw PoseVaultError(.storageUnavailable, "\(location.host) began an upload without a name for it.")
    }
    return id
  }

  private func send(
    _ parts: [Range<Int>], of path: String, to key: String, _ id: String, lanes: Int
  ) async throws -> [Part] {
    try await withThrowingTaskGroup(of: Part.self) { group in
      var sent: [Part] = []
      for (index, range) in parts.enumerated() {
        if index >= lanes, let part = try await group.next() { sent.append(part) }
        group.addTask {
          let digest = try await self.files.run { stop in try S3Digest.of(file: path, range, unless: stop) }
          let checksum = S3Digest.base64(digest)
          let call = Call(
            .put, key, query: [("partNumber", "\(index + 1)"), ("uploadId", id)],
            headers: [HTTPField("x-amz-checksum-sha256", checksum)], body: .file(path: path, range: range),
            payload: digest)
          let answer = try await self.explaining("store part \(index + 1) of the object") { try await self.send(call) }
          return Part(number: index + 1, etag: answer.response.header("ETag") ?? "", checksum: checksum)
        }
      }
      for try await part in group { sent.append(part) }
      return sent.sorted { $0.number < $1.number }
    }
  }

  private func complete(
    _ key: String, upload id: String, parts: [Part], length: Int, options: S3PutOptions
  ) async throws -> S3Written {
    let list = parts.map { part in
      "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(S3XML.escaped(part.etag))</ETag>"
        + "<ChecksumSHA256>\(part.checksum)</ChecksumSHA256></Part>"
    }
    let xml =
      "<CompleteMultipartUpload xmlns=\"\(Self.namespace)\">\(list.joined())</CompleteMultipartUpload>"
    let bytes = Array(xml.utf8)
    let call = Call(
      .post, key, query: [("uploadId", id)],
      headers: [HTTPField("Content-Type", "application/xml")] + options.conditions, body: .bytes(bytes),
      payload: S3Digest.of(bytes))
    return try await explaining("store the object") {
      do {
        let answer = try await send(call)
        let result = try S3XML(answer.response.body)
        // the status is sent before the work is done, and may turn out to have been too hopeful
        if result.name == "Error" {
          var failed = answer.response
          failed.status = 500
          throw Vain(failure: S3Failure(failed, credentials), mayHaveBeenDone: true)
        }
        return S3Written(
          etag: result["ETag"] ?? "", versionID: answer.response.header("x-amz-version-id"), sha256: nil)
      } catch let vain as Vain {
        guard let failure = vain.failure as? S3Failure, failure.code == "NoSuchUpload" || failure.status == 412,
          let object = try await own(key, options, after: vain), object.length == length
        else { throw vain }
        // an earlier attempt has ended it
        return S3Written(etag: object.etag, versionID: object.versionID, sha256: nil)
      }
    }
  }

  /// Uploads that were started and not completed, of keys that begin with `prefix`.
  public func unfinishedUploads(prefix: String) async throws -> [S3UnfinishedUpload] {
    var uploads: [S3UnfinishedUpload] = []
    var marker: (key: String, id: String)?
    while true {
      var query = [("uploads", ""), ("prefix", prefix)]
      if let marker { query += [("key-marker", marker.key), ("upload-id-marker", marker.id)] }
      let page = try await xml(
        "list the unfinished uploads", Call(.get, query: query, answer: .whole(limit: Self.longestList)))
      uploads += page.all("Upload").compactMap { upload -> S3UnfinishedUpload? in
        guard let key = upload["Key"], let id = upload["UploadId"], key.hasPrefix(prefix) else { return nil }
        return S3UnfinishedUpload(
          key: key, uploadID: id, begunAt: upload["Initiated"].flatMap { HTTPDate.isoSeconds($0) })
      }
      let next = page["NextKeyMarker"].map { ($0, page["NextUploadIdMarker"] ?? "") }
      guard page["IsTruncated"] == "true", let next, marker.map({ $0 != next }) ?? true else { return uploads }
      marker = next
    }
  }

  /// Removes what unfinished uploads of keys that begin with `prefix` have sent, if they were started before `seconds`
  /// since 1970; others may be in progress on another machine.
  ///
  /// - Returns: how many there were.
  public func abortUploads(prefix: String, before seconds: Int64) async throws -> Int {
    var count = 0
    for upload in try await unfinishedUploads(prefix: prefix) where upload.begunAt.map({ $0 < seconds }) == true {
      try await abort(upload)
      count += 1
    }
    return count
  }

  /// Removes what an unfinished upload has sent. It is no error if there is none.
  public func abort(_ upload: S3UnfinishedUpload) async throws {
    try await explaining("remove an unfinished upload") {
      do {
        _ = try await send(Call(.delete, upload.key, query: [("uploadId", upload.uploadID)]))
      } catch let vain as Vain {
        guard let failure = vain.failure as? S3Failure, failure.status == 404, failure.code != "NoSuchBucket" else {
          throw vain
        }
      }
    }
  }
}
