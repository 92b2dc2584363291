import Crypto
import PoseCore

/// Gives each picture of an export a file name of its own: the one that it has, and where another one of the export had
/// it before, its id in addition. Names that differ in the case of their letters alone are the same to many systems.
struct PictureFileNames {
  /// A Bloom filter of the names that were given: of a million names one in thousands gets an id that it would not need,
  /// and none is given twice.
  private var bits = [UInt64](repeating: 0, count: 1 << 19)

  /// - Parameter format: where it is known; the ending of a picture without a name.
  mutating func name(of row: PoseRecord, _ format: ImageFormat?) -> String {
    let name = row.details.fileName ?? (format.map { "\(row.imageID).\($0.fileExtension)" } ?? row.imageID)
    return unique(name, row.imageID)
  }

  /// The path of a file of that format in an archive.
  mutating func path(of row: PoseRecord, _ format: ImageFormat) -> String {
    let id = Self.relative(row.imageID, else: "picture")
    var path = row.details.fileName.map { Self.relative($0, else: id) } ?? id
    let endings = Self.endings(of: format)
    if !endings.contains(where: { path.lowercased().hasSuffix($0) }) {
      let known = ImageFormat.allCases.flatMap(Self.endings(of:))
      if let dot = Self.dot(in: path), known.contains(path[dot...].lowercased()) { path = String(path[..<dot]) }
      path += endings[0]
    }
    return unique(path, id)
  }

  private static func endings(of format: ImageFormat) -> [String] {
    switch format {
    case .jpeg: [".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"]
    case .heic: [".heic", ".heif"]
    default: ["." + format.fileExtension]
    }
  }

  private mutating func unique(_ name: String, _ id: String) -> String {
    if isNew(name) { return name }
    let other = Self.adding(id, to: name)
    _ = isNew(other)
    return other
  }

  private mutating func isNew(_ name: String) -> Bool {
    let digest = Array(SHA256.hash(data: Array(name.lowercased().utf8)))
    var isNew = false
    for start in stride(from: 0, to: 16, by: 4) {
      let place = digest[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } & (bits.count * 64 - 1)
      let bit = UInt64(1) << UInt64(place & 63)
      if bits[place >> 6] & bit == 0 { isNew = true }
      bits[place >> 6] |= bit
    }
    return isNew
  }

  /// Before the ending.
  private static func dot(in name: String) -> String.Index? {
    let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
    return name[start...].lastIndex(of: ".").flatMap { $0 > start ? $0 : nil }
  }

  private static func adding(_ id: String, to name: String) -> String {
    guard let dot = dot(in: name) else { return "\(name)-\(id)" }
    return "\(name[..<dot])-\(id)\(name[dot...])"
  }

  /// A path that leads nowhere but below the folder that the archive is unpacked in, on any system.
  private static func relative(_ name: String, else other: String) -> String {
    let forbidden: Set<Character> = ["<", ">", ":", "\"", "|", "?", "*"]
    let parts = name.split { $0 == "/" || $0 == "\\" }.map { part -> String in
      let text = String(part.map { forbidden.contains($0) || isControl($0) ? "_" : $0 })
      // a file system takes 255 bytes; Windows no dot or space at the end
      var short = Substring(text)
      while short.utf8.count > 200 { short = short.dropFirst() }
      while short.last == "." || short.last == " " { short = short.dropLast() }
      return String(short)
    }.filter { !$0.isEmpty }
    return parts.isEmpty ? relative(other, else: "picture") : parts.suffix(8).joined(separator: "/")
  }

  private static func isControl(_ character: Character) -> Bool {
    character.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}
