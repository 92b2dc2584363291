import Foundation
import TestServers
import Testing

/// Sessions, exports and backups, and what is said of their failures.
extension Conversation {
  mutating func sessions() async throws {
    let jar = ["--cookie-jar", curl.folder + "/cookies", "--cookie", curl.folder + "/cookies"]
    func json(_ text: String) -> [String] { jar + ["--json", text] }
    try await ask(200, "/session", jar, key: "")
    try await ask(401, "/session", json(#"{"apiKey":"wrong"}"#), code: "UNAUTHORIZED", key: "")
    try await ask(400, "/session", json(#"{"key":"none"}"#), code: "BAD_REQUEST", key: "")
    try await ask(401, "/poses/1/overlay", jar, code: "UNAUTHORIZED", key: "")
    let opened = try await ask(200, "/session", json(#"{"apiKey":"\#(curl.key)"}"#), key: "")
    #expect(opened.data as NSDictionary == ["required": true, "active": true, "role": "owner"])
    #expect(opened.headers["set-cookie"]?.contains("HttpOnly; SameSite=Strict") == true)
    try await ask(200, "/session", jar, key: "")
    try await ask(200, "/poses/1/overlay?size=64", jar, key: "")
    try await ask(200, "/session", jar + ["-X", "DELETE"], key: "")
    try await ask(401, "/poses/1/overlay", jar, code: "UNAUTHORIZED", key: "")
    try await ask(200, "/session", ["-X", "POST"])
    try await ask(405, "/session", ["-X", "PUT"], code: "METHOD_NOT_ALLOWED")
  }

  mutating func exports() async throws {
    for format in ["", "format=jsonl", "format=csv", "format=coco"] {
      for filter in ["", "corrected=true", "fileName=hopper&to=9999-12-31", "to=2020-01-01"] {
        try await ask(200, "/poses/export?\(format)&\(filter)")
      }
    }
    for query in ["format=xml", "format=csv&from=yesterday", "corrected=maybe"] {
      try await ask(400, "/poses/export?" + query, code: "BAD_REQUEST")
    }
    try await ask(405, "/poses/export", ["-X", "POST"], code: "METHOD_NOT_ALLOWED")
  }

  mutating func backups() async throws {
    try await ask(200, "/backups")
    for path in ["/backups/1", "/backups/1/download", "/backups/latest/download"] {
      try await ask(404, path, code: "NOT_FOUND")
    }
    for path in ["/backups/0", "/backups/one", "/backups/0/download", "/backups?limit=0", "/backups?after=0"] {
      try await ask(400, path, code: "BAD_REQUEST")
    }
    for (path, method) in [("/backup/trigger", "GET"), ("/backups", "POST"), ("/backups/latest/download", "DELETE")] {
      try await ask(405, path, ["-X", method], code: "METHOD_NOT_ALLOWED")
    }
    // the archive holds ids and times, which are packed one way or another
    let archive = ["size", "sha256"]
    let run = try await ask(200, "/backup/trigger", ["-X", "POST"], hiding: archive)
    let counts = ["poses": 6, "pictures": 5, "lostPictures": 0, "leftOut": 0]
    let told = run.data["counts"] as? [String: Int] ?? [:]
    #expect(told.filter { counts[$0.key] != nil } == counts)
    #expect(run.data["verdict"] as? String == "proven")
    try await ask(200, "/backups/1", hiding: archive)
    try await download("/backups/1/download")
    try await beginBackup(hiding: archive)
    try await download("/backups/latest/download")
    try await ask(200, "/backups", hiding: archive)
    try await ask(200, "/backups?limit=1", hiding: archive)
    try await ask(200, "/backups?limit=1&after=2", hiding: archive)
    try await ask(200, "/health", hiding: ["mysql", "mongodb", "storage", "disk", "lastProvenAge"])
  }

  /// Run 2, which is asked for and not waited for.
  private mutating func beginBackup(hiding archive: [String]) async throws {
    let begun = try await ask(
      202, "/backup/trigger", ["-X", "POST", "-H", "Prefer: respond-async"], hiding: ["phase", "progress"])
    #expect(begun.headers["location"] == "/api/backups/2")
    for _ in 0..<1200 {
      guard try await curl.send("/backups/2", []).data["state"] as? String == "running" else { break }
      try await Task.sleep(for: .milliseconds(50))
    }
    let ended = try await ask(200, "/backups/2", hiding: archive)
    #expect(ended.data["verdict"] as? String == "proven")
  }

  private mutating func download(_ path: String) async throws {
    let whole = try await ask(200, path, form: listed)
    #expect(whole.headers["content-type"] == "application/zip")
    let part = try await ask(206, path, ["-H", "Range: bytes=0-99"], form: bare)
    #expect(part.body == Array(whole.body[..<100]))
    try await ask(304, path, ["-H", "If-None-Match: \(whole.tag)"], form: bare)
    // the message names the size
    try await ask(
      416, path, ["-H", "Range: bytes=\(whole.body.count)-"], code: "RANGE_NOT_SATISFIABLE", hiding: ["message"],
      form: bare)
  }

  /// In place of an archive its entries: the pictures with size and checksum, of the others the names.
  private func listed(_ response: HTTPClient.Response) async throws -> HTTPClient.Response {
    let path = try file("archive.zip", response.body)
    let script = """
      import sys, zipfile
      for entry in zipfile.ZipFile(sys.argv[1]).infolist():
          print(entry.filename, *([entry.file_size, entry.CRC] if entry.filename.startswith("images/") else []))
      """
    var listed = bare(response)
    listed.body = Array(try await Command.run(["python3", "-c", script, path]).utf8)
    return listed
  }

  /// Without what an archive's bytes decide.
  private func bare(_ response: HTTPClient.Response) -> HTTPClient.Response {
    var bare = response
    for name in ["etag", "content-length", "content-range"] { bare.headers[name] = nil }
    bare.body = response.status == 206 ? [] : response.body
    return bare
  }
}
