#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A row of the table `posevault_trash`, as a line in archives.
public struct TrashLine: Sendable, Hashable, Codable {
  /// The table's name, in databases and in archives.
  public static let table = "posevault_trash"

  public var id: Int
  public var imageId: String
  /// Of the picture, in bytes.
  public var length: Int
  /// May be one of a newer version.
  public var reason: String
  /// In seconds since 1970.
  public var trashedAt: Int64
  /// The former row of `poses`, as JSON; nil for a picture that had none.
  public var pose: String?

  public init(id: Int, imageId: String, length: Int, reason: String, trashedAt: Int64, pose: String?) {
    self.id = id
    self.imageId = imageId
    self.length = length
    self.reason = reason
    self.trashedAt = trashedAt
    self.pose = pose
  }

  /// Throws `badRequest` for anything but such a row.
  public init(_ line: TableLine) throws {
    do {
      self = try JSONDecoder().decode(TrashLine.self, from: Data(line.json))
    } catch {
      throw PoseVaultError(.badRequest, "The row \(line.id) of \(Self.table) can't be read.", cause: error)
    }
  }

  /// The same bytes for the same row.
  public var line: TableLine {
    var json = JSONWriter()
    json.object { json in
      json.field("id", id)
      json.field("imageId", imageId)
      json.field("length", length)
      json.field("reason", reason)
      json.field("trashedAt", Int(trashedAt))
      json.key("pose")
      if let pose { json.value(pose) } else { json.null() }
    }
    return TableLine(id: id, json: json.bytes)
  }
}

extension PoseRecord {
  /// The row with all its ``PoseParts`` as stored in the trash. The JSON of keypoints is a string in it, so that it is
  /// kept byte for byte.
  public var trashText: String {
    func text(_ json: [UInt8]?) -> String? { json.map { String(decoding: $0, as: UTF8.self) } }
    var json = JSONWriter()
    json.object { json in
      json.field("id", id)
      json.field("imageId", imageID)
      json.field("keypoints", text(keypoints))
      json.field("createdAt", createdAt.map { Int($0) })
      json.field("updatedAt", updatedAt.map { Int($0) })
      json.field("correctedAt", correctedAt.map { Int($0) })
      json.field("score", details.score)
      json.field("pictureWidth", details.pictureWidth)
      json.field("pictureHeight", details.pictureHeight)
      json.field("fileName", details.fileName)
      json.field("worldKeypoints", text(worldKeypoints))
      json.field("detectedKeypoints", text(detectedKeypoints))
    }
    return String(decoding: json.bytes, as: UTF8.self)
  }

  /// How the trash refers to its picture: in lower case if it is an ``ImageID``.
  public var trashedPicture: String { ImageID(imageID)?.description ?? imageID }

  /// Reads ``trashText``; throws `internal` for anything else.
  public init(trashText: String) throws {
    let fields: TrashFields
    do {
      fields = try JSONDecoder().decode(TrashFields.self, from: Data(trashText.utf8))
    } catch {
      throw PoseVaultError(.internal, "A pose in the trash can't be read.", cause: error)
    }
    self.init(
      id: fields.id, imageID: fields.imageId, keypoints: Array(fields.keypoints.utf8), createdAt: fields.createdAt,
      updatedAt: fields.updatedAt, correctedAt: fields.correctedAt,
      details: PoseDetails(
        score: fields.score, pictureWidth: fields.pictureWidth, pictureHeight: fields.pictureHeight,
        fileName: fields.fileName),
      worldKeypoints: fields.worldKeypoints.map { Array($0.utf8) },
      detectedKeypoints: fields.detectedKeypoints.map { Array($0.utf8) })
  }
}

private struct TrashFields: Decodable {
  let id: Int
  let imageId: String
  let keypoints: String
  let createdAt: Int64?
  let updatedAt: Int64?
  let correctedAt: Int64?
  let score: Float?
  let pictureWidth: Int?
  let pictureHeight: Int?
  let fileName: String?
  let worldKeypoints: String?
  let detectedKeypoints: String?
}

extension TrashLine {
  /// Of the former pose; nil for a picture that had none, and for what can't be read.
  public var poseID: Int? {
    struct Fields: Decodable { let id: Int }
    return pose.flatMap { try? JSONDecoder().decode(Fields.self, from: Data($0.utf8)).id }
  }
}
