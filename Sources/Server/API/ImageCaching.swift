/// How long a browser may show a picture without requesting it again.
enum ImageCaching {
  /// A picture never changes, but it can be erased: five minutes save a gallery its requests, and after that each is
  /// revalidated by its ETag.
  static let field = "private, max-age=300, must-revalidate"
}
