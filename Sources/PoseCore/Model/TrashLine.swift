#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A row of the table `posevault_trash`, as archives hold it on a line.
public struct TrashLine: Sendable, Hashable, Codable {
  /// The table's name, in databases and in archives.
  public static let table = "posevault_trash"

  public var id: Int
  public var imageId: String
  /// Of the picture, in bytes.
  public var length: Int
  /// Of a newer version, too.
  public var reason: String
  /// In seconds since 1970.
  public var trashedAt: Int64
  /// The row of `poses` that it was, as JSON; nil for a picture that had none.
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
