import PoseCore

/// Where everything lies below DATA_DIR.
///
/// ```
/// posevault.sqlite        poses, and what is known of each picture
/// images/<xx>/<id>.<ext>  the original pictures; xx are the id's last two digits, which spread evenly
/// images/incoming/        pictures on their way in
/// images/pair             which database these pictures belong to
/// server.lock, data.lock  who uses the folder; import.lock: which pictures imports work on
/// restoring/              the same again, which a restore fills: nobody else uses the folder while it is there
/// restored-<archive>/     what of it has not yet been put into its place
/// replaced-<time>/        what was there before
/// ```
struct DataFolder: Sendable {
  let path: String

  var database: String { path + "/posevault.sqlite" }
  var images: String { path + "/images" }
  var incoming: String { images + "/incoming" }
  var pair: String { images + "/pair" }

  /// The 256 folders that pictures lie in.
  var imageFolders: [String] {
    (0..<256).map { images + "/" + (($0 < 16 ? "0" : "") + String($0, radix: 16)) }
  }

  func imageFolder(_ id: ImageID) -> String {
    images + "/" + String(id.description.suffix(2))
  }

  func imageFile(_ id: ImageID, contentType: String?) -> String {
    imageFolder(id) + "/" + Self.imageFileName(id, contentType: contentType)
  }

  static func imageFileName(_ id: ImageID, contentType: String?) -> String {
    let format = ImageFormat.allCases.first { $0.contentType == contentType }
    return "\(id).\(format?.fileExtension ?? "bin")"
  }

  func createItself() throws {
    try SystemCall.makeFolder(path)
    try SystemCall.synchronize(folder: SystemCall.parent(of: path))
  }

  /// Makes the folders that are missing, so that storing a picture never has to.
  func createImages() throws {
    for folder in [images, incoming] + imageFolders { try SystemCall.makeFolder(folder) }
    for folder in [path, images] { try SystemCall.synchronize(folder: folder) }
  }
}
