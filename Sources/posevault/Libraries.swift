import Backup
import Curl
import EmbeddedStorage
import GridFSStorage
import Imaging
import Landmarker
import Mail
import MySQLStorage
import PoseCore

/// The loaded libraries, as they identify themselves: a system update changes them, not the program.
enum Libraries {
  static var versions: [LibraryVersion] {
    LandmarkerLibraries.versions + ImagingLibraries.versions + EmbeddedLibraries.versions + MySQLLibraries.versions
      + GridFSLibraries.versions + BackupLibraries.versions + CurlLibraries.versions
  }

  /// What `posevault --version --verbose` prints.
  static var report: String {
    ([programVersion] + versions.map { "\($0.name): \($0.version)" }).joined(separator: "\n")
  }
}
