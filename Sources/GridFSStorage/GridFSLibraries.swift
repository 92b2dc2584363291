import CMongoC
public import PoseCore

/// The library that connects to MongoDB.
public enum GridFSLibraries {
  public static var versions: [LibraryVersion] {
    [
      LibraryVersion("libmongoc", version: mongoc_get_version().map { String(cString: $0) }),
      LibraryVersion("libbson", version: bson_get_version().map { String(cString: $0) }),
    ]
  }
}
