import COpenVINO
public import PoseCore

/// The library that runs the models.
public enum LandmarkerLibraries {
  public static var versions: [LibraryVersion] {
    var version = ov_version()
    defer { ov_version_free(&version) }
    let status = ov_get_openvino_version(&version)
    return [
      LibraryVersion("OpenVINO", version: status == OK ? version.buildNumber.map { String(cString: $0) } : nil)
    ]
  }
}
