import CJPEG
import CSpng
import CWebP
public import PoseCore

/// The libraries that decode and encode pictures.
public enum ImagingLibraries {
  public static var versions: [LibraryVersion] {
    let webp = UInt32(bitPattern: WebPGetDecoderVersion())
    return [
      LibraryVersion("libjpeg-turbo", version: cjpeg_library().map { String(cString: $0) }),
      LibraryVersion("libspng", version: spng_version_string().map { String(cString: $0) }),
      LibraryVersion("libwebp", version: "\(webp >> 16).\(webp >> 8 & 0xFF).\(webp & 0xFF)"),
    ]
  }
}
