import NIOCore
import PoseCore

extension ExportRows {
  /// A data set with its pictures, as CVAT, FiftyOne and others read it: `images/…`, then the COCO file, whose names
  /// lead there. A picture that is lost or can't be read is named in `left-out.txt`, and its people are left out.
  ///
  /// Held are one picture, and about 200 bytes for each that was written.
  func writeZip(
    _ export: COCOExport, pictures: DrawnPictures, base: String, at now: Int64,
    by write: ([UInt8]) async throws -> Void
  ) async throws {
    var zip = ZipStream(at: now)
    var names = PictureFileNames()
    /// By the picture's id.
    var written: [String: String] = [:]
    var leftOut: [String] = []
    try await eachPicture(with: .details) { rows in
      let row = rows[0]
      // people who were added later
      guard written[row.imageID] == nil else { return }
      guard try await pictures.size(of: row) != nil, let (picture, format) = try await pictures.toExport(of: row) else {
        leftOut.append(row.imageID)
        return
      }
      let name = names.path(of: row, format)
      try await write(zip.begin("images/" + name))
      try await pass(picture, through: &zip, by: write)
      try await write(zip.end())
      written[row.imageID] = name
    }
    try await write(zip.begin("annotations/person_keypoints_default.json"))
    try await writeCOCO(export, pictures: pictures, base: base, names: written) { bytes in
      zip.pass(bytes)
      try await write(bytes)
    }
    try await write(zip.end())
    if !leftOut.isEmpty {
      try await write(zip.begin("left-out.txt"))
      let list = "Pictures that are lost or can't be read:\n" + leftOut.map { $0 + "\n" }.joined()
      zip.pass(Array(list.utf8))
      try await write(Array(list.utf8))
      try await write(zip.end())
    }
    try await write(zip.finish())
  }

  private func pass(
    _ picture: ByteBuffer, through zip: inout ZipStream, by write: ([UInt8]) async throws -> Void
  ) async throws {
    var rest = picture
    while rest.readableBytes > 0, let piece = rest.readBytes(length: min(rest.readableBytes, 1 << 20)) {
      zip.pass(piece)
      try await write(piece)
    }
  }
}
