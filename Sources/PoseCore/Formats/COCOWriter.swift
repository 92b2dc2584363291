/// One COCO keypoints data set: `annotations` as they come, `images` at the end, so that only the smaller part is kept
/// in memory.
///
/// One annotation per person, of category 1, with all 33 landmarks in `keypoints`: `[x, y, v]` in pixels, where v is 0
/// outside the picture (x and y are then 0), 1 if visibility is below 0.5, otherwise 2. `keypoints_17` contains those
/// that COCO's own person category has, in its order, and the category defines both skeletons. So pycocotools loads the
/// file as it is, and `COCOeval` compares two such files once `params.kpt_oks_sigmas` has 33 values. To compare with
/// COCO's own annotations, copy `keypoints_17` to `keypoints` first.
public struct COCOWriter: PoseFormatWriter {
  public static let tellsFailures = false
  private let version: String
  private var images: [UInt8] = []
  private var imageCount = 0
  private var annotationCount = 0

  /// - Parameter version: this program's.
  public init(version: String) { self.version = version }

  public func begin() -> [UInt8] { COCOFile.head(version) + COCOFile.array("annotations") }

  public mutating func picture(_ picture: PicturePoses) -> [UInt8] {
    guard let width = picture.width, let height = picture.height else { return [] }
    imageCount += 1
    images += COCOFile.image(
      imageCount, file: picture.file, width: width, height: height, isFirst: imageCount == 1)
    return picture.people.flatMap { person in
      annotationCount += 1
      return COCOFile.annotation(
        annotationCount, of: imageCount, COCOPerson(person, width: width, height: height),
        isFirst: annotationCount == 1)
    }
  }

  public func failure(_ error: PoseVaultError, of file: PictureName) -> [UInt8] { [] }

  public func end() -> [UInt8] { COCOFile.nextArray("images") + images + COCOFile.end }
}
