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
    json.field("progress", archive == nil ? Float(min(max(progress, 0), 1)) : 1)
    json.field("dueAt", time: origin.claim?.dueAt)
    json.field("host", origin.host)
    json.field("file", archive?.fileName)
    json.key("size")
    if let archive { json.value(Int(archive.size)) } else { json.null() }
    json.field("sha256", archive?.sha256)
    json.key("counts")
    if let counts = archive?.counts { json.object(counts.writeFields) } else { json.null() }
    json.field("isShrunk", archive?.isShrunk ?? false)
    json.array("doubts") { json in
      for doubt in archive?.doubts ?? [] { json.value(doubt) }
    }
    json.field("acceptedAt", time: archive?.acceptedAt)
    json.array("warnings") { json in
      for warning in archive?.warnings ?? [] { json.value(warning) }
    }
    json.field("message", failure)
  }

  /// Which run it is and its outcome, without what only concerns the operator.
  func writeOutcome(into json: inout JSONWriter) {
    json.field("id", id)
    json.field("state", stateName)
    json.field("verdict", archive?.verdict.rawValue)
    json.field("startedAt", time: origin.startedAt)
    json.field("finishedAt", time: finishedAt)
  }
}

extension BackupCounts {
  fileprivate func writeFields(into json: inout JSONWriter) {
    json.field("poses", poses)
    json.field("pictures", pictures)
    json.field("lostPictures", lostPictures)
    json.field("leftOut", leftOut)
    json.field("damagedPictures", damagedPictures)
    json.field("unreferencedPictures", unreferencedPictures)
    json.field("pictureBytes", Int(pictureBytes))
  }
}

extension QueuedMail {
  /// Without its content, which names people and machines.
  func writeFields(into json: inout JSONWriter) {
    json.field("id", id)
    json.field("dueAt", time: givenUpAt == nil ? mail.dueAt : nil)
    json.field("attempts", attempts)
    json.field("failure", failure)
    json.field("givenUpAt", time: givenUpAt)
  }
}
