import HTTPTypes

extension HTTPFields {
  /// A field whose name HTTPTypes has no constant for.
  subscript(custom name: String) -> String? {
    get { HTTPField.Name(name).flatMap { self[$0] } }
    set {
      if let name = HTTPField.Name(name) { self[name] = newValue }
    }
  }
}
