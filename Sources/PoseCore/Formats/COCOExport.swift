/// A COCO data set whose `images` come first, unlike ``COCOWriter``'s: for callers that can go through the pictures
/// twice, and then need not keep any of them in memory.
public struct COCOExport: Sendable {
  private let version: String
  private var isFirst = true

  /// - Parameter version: this program's.
  public init(version: String) { self.version = version }

  public func begin() -> [UInt8] { COCOFile.head(version) + COCOFile.array("images") }

  /// - Parameters:
  ///   - imageID: the picture's own, of which `id` is a hash.
  ///   - url: where the picture is to be had.
  public mutating func image(
    _ id: Int, file: String, imageID: String, url: String, width: Int, height: Int
  ) -> [UInt8] {
    defer { isFirst = false }
    return COCOFile.image(
      id, file: file, imageID: imageID, url: url, width: width, height: height, isFirst: isFirst)
  }

  public mutating func beginAnnotations() -> [UInt8] {
    isFirst = true
    return COCOFile.nextArray("annotations")
  }

  public mutating func annotation(
    _ id: Int, of image: Int, _ person: PicturePoses.Person, width: Int, height: Int
  ) -> [UInt8] {
    defer { isFirst = false }
    return COCOFile.annotation(id, of: image, COCOPerson(person, width: width, height: height), isFirst: isFirst)
  }

  public func end() -> [UInt8] { COCOFile.end }
}
