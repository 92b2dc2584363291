import CLibArchive
public import PoseCore

/// The library that reads and writes archives, with the compression library it uses.
public enum BackupLibraries {
  public static var versions: [LibraryVersion] {
    [LibraryVersion("libarchive", version: archive_version_details().map { String(cString: $0) })]
  }
}
