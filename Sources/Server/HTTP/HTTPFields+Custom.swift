import HTTPTypes

extension HTTPFields {
  /// A field for whose name HTTPTypes has no constant.
  subscript(custom name: String) -> String? {
    get { HTTPField.Name(name).flatMap { self[$0] } }
    set {
      if let name = HTTPField.Name(name) { self[name] = newValue }
    }
  }
}
