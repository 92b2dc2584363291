public import PoseCore

extension BackupRun {
  var stateName: String {
    switch state {
    case .running: "running"
    case .proven: "proven"
    case .failed: "failed"
    }
  }

  /// The fields of a run as the API shows them.
  public func writeFields(into json: inout JSONWriter) {
    writeOutcome(into: &json)
    json.key("phase")
    // what was noted last, which of a proven run is not how far it came
    json.value(archive == nil ? phase : "")
    json.key("progress")
    json.value(archive == nil ? Float(min(max(progress, 0), 1)) : 1)
    json.key("dueAt")
    json.value(time: origin.claim?.dueAt)
    json.key("host")
    json.value(origin.host)
    json.key("file")
    json.value(orNull: archive?.fileName)
    json.key("size")
    if let archive { json.value(Int(archive.size)) } else { json.null() }
    json.key("sha256")
    json.value(orNull: archive?.sha256)
    json.key("counts")
    if let counts = archive?.counts { json.object(counts.writeFields) } else { json.null() }
    json.key("isShrunk")
    json.value(archive?.isShrunk ?? false)
    json.key("doubts")
    json.array { json in
      for doubt in archive?.doubts ?? [] { json.value(doubt) }
    }
    json.key("acceptedAt")
    json.value(time: archive?.acceptedAt)
    json.key("warnings")
    json.array { json in
      for warning in archive?.warnings ?? [] { json.value(warning) }
    }
    json.key("message")
    json.value(orNull: failure)
  }

  /// Which run it is and how it went, without what concerns the operator alone.
  func writeOutcome(into json: inout JSONWriter) {
    json.key("id")
    json.value(id)
    json.key("state")
    json.value(stateName)
    json.key("verdict")
    json.value(orNull: archive?.verdict.rawValue)
    json.key("startedAt")
    json.value(time: origin.startedAt)
    json.key("finishedAt")
    json.value(time: finishedAt)
  }
}

extension BackupCounts {
  fileprivate func writeFields(into json: inout JSONWriter) {
    json.key("poses")
    json.value(poses)
    json.key("pictures")
    json.value(pictures)
    json.key("lostPictures")
    json.value(lostPictures)
    json.key("leftOut")
    json.value(leftOut)
    json.key("damagedPictures")
    json.value(damagedPictures)
    json.key("unreferencedPictures")
    json.value(unreferencedPictures)
    json.key("pictureBytes")
    json.value(Int(pictureBytes))
  }
}

extension QueuedMail {
  /// Without what it says: that names people and machines.
  func writeFields(into json: inout JSONWriter) {
    json.key("id")
    json.value(id)
    json.key("dueAt")
    json.value(time: givenUpAt == nil ? mail.dueAt : nil)
    json.key("attempts")
    json.value(attempts)
    json.key("failure")
    json.value(orNull: failure)
    json.key("givenUpAt")
    json.value(time: givenUpAt)
  }
}

extension JSONWriter {
  fileprivate mutating func value(orNull text: String?) {
    if let text { value(text) } else { null() }
  }
}
