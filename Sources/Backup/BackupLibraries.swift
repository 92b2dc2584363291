import CLibArchive
public import PoseCore

/// What reads and writes archives, with the compression that it uses.
public enum BackupLibraries {
  public static var versions: [LibraryVersion] {
    [LibraryVersion("libarchive", version: archive_version_details().map { String(cString: $0) })]
  }
}
