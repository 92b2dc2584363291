/// The parts of a COCO file, in which `images` and `annotations` may come in either order.
enum COCOFile {
  static let end = Array("\n]}\n".utf8)

  /// The start of the first array.
  static func array(_ name: String) -> [UInt8] { Array(",\n\"\(name)\":[".utf8) }

  /// The end of the first array and the start of the second.
  static func nextArray(_ name: String) -> [UInt8] { Array("\n]".utf8) + array(name) }

  static func head(_ version: String) -> [UInt8] {
    var info = JSONWriter()
    info.object { json in
      json.field("description", "Poses found by PoseVault")
      json.field("version", version)
    }
    var categories = JSONWriter()
    categories.array { COCOSkeleton.writeCategory(into: &$0) }
    return Array("{\"info\":".utf8) + info.bytes + Array(",\n\"licenses\":[],\n\"categories\":".utf8) + categories.bytes
  }

  static func image(
    _ id: Int, file: String, imageID: String? = nil, url: String? = nil, width: Int, height: Int, isFirst: Bool
  ) -> [UInt8] {
    var json = JSONWriter()
    json.object { json in
      json.field("id", id)
      json.field("file_name", file)
      json.field("width", width)
      json.field("height", height)
      if let imageID {
        json.field("image_id", imageID)
      }
      if let url {
        json.field("coco_url", url)
      }
    }
    return Array((isFirst ? "\n" : ",\n").utf8) + json.bytes
  }

  static func annotation(_ id: Int, of image: Int, _ person: COCOPerson, isFirst: Bool) -> [UInt8] {
    var json = JSONWriter(capacity: 2048)
    person.write(id: id, imageID: image, into: &json)
    return Array((isFirst ? "\n" : ",\n").utf8) + json.bytes
  }
}
