#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One object per picture, one per line.
public struct JSONLinesWriter: PoseFormatWriter {
  public static let tellsFailures = true

  public init() {}

  public func begin() -> [UInt8] { [] }
  public func picture(_ picture: PicturePoses) -> [UInt8] { picture.json + [UInt8(ascii: "\n")] }
  public func failure(_ error: PoseVaultError, of file: PictureName) -> [UInt8] {
    PicturePoses.json(error, of: file) + [UInt8(ascii: "\n")]
  }
  public func end() -> [UInt8] { [] }
}

/// One array with the same objects.
public struct JSONArrayWriter: PoseFormatWriter {
  public static let tellsFailures = true
  private var isFirst = true

  public init() {}

  public func begin() -> [UInt8] { Array("[".utf8) }

  public mutating func picture(_ picture: PicturePoses) -> [UInt8] { element(picture.json) }

  public mutating func failure(_ error: PoseVaultError, of file: PictureName) -> [UInt8] {
    element(PicturePoses.json(error, of: file))
  }

  private mutating func element(_ json: [UInt8]) -> [UInt8] {
    defer { isFirst = false }
    return Array((isFirst ? "\n" : ",\n").utf8) + json
  }

  public func end() -> [UInt8] { Array("\n]\n".utf8) }
}

extension PicturePoses {
  /// `{"file":…,"width":…,"height":…,"poses":[…]}`
  fileprivate var json: [UInt8] {
    var json = JSONWriter(capacity: 8192)
    json.object { json in
      name.write(into: &json)
      if let imageID {
        json.field("imageId", imageID)
      }
      json.key("width")
      if let width { json.value(width) } else { json.null() }
      json.key("height")
      if let height { json.value(height) } else { json.null() }
      json.array("poses") { json in
        for person in people { person.write(into: &json) }
      }
    }
    return json.bytes
  }

  /// `{"file":…,"error":{"code":…,"message":…}}`
  fileprivate static func json(_ error: PoseVaultError, of file: PictureName) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      file.write(into: &json)
      json.object("error") { json in
        json.field("code", error.code.rawValue)
        json.field("message", error.message)
      }
    }
    return json.bytes
  }
}

extension PictureName {
  /// If the name is not UTF-8, `fileBytes` has it in base64.
  fileprivate func write(into json: inout JSONWriter) {
    json.field("file", text)
    guard let bytes else { return }
    json.field("fileBytes", Data(bytes).base64EncodedString())
  }
}

extension PicturePoses.Person {
  fileprivate func write(into json: inout JSONWriter) {
    json.object { json in
      if let stored {
        json.field("id", stored.id)
      }
      json.key("score")
      if let score { json.value(score) } else { json.null() }
      json.key("box")
      box.write(into: &json)
      json.key("keypoints")
      KeypointsJSON.write(keypoints, presence: hasPresence, corrections: corrections, into: &json)
      json.key("worldKeypoints")
      if let worldKeypoints { json.splice(stored: worldKeypoints) } else { json.null() }
      if let stored {
        json.field("worldKeypointsStale", stored.isCorrected)
        json.field("corrected", stored.isCorrected)
      }
    }
  }
}
