/// How long a browser may show a picture without asking for it again.
enum ImageCaching {
  /// A picture never changes, but it can be erased: five minutes spare a gallery its questions, and then each is asked
  /// by its ETag.
  static let field = "private, max-age=300, must-revalidate"
}
