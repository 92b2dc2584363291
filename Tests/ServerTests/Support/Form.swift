/// A multipart body as a browser would send it.
struct Form {
  struct Field {
    var name: String
    var fileName: String?
    var content: String

    init(_ name: String, fileName: String? = nil, _ content: String) {
      self.name = name
      self.fileName = fileName
      self.content = content
    }
  }

  var boundary: String
  var fields: [Field]

  var text: String {
    let parts = fields.map { field in
      let file = field.fileName.map { "; filename=\"\($0)\"" } ?? ""
      return
        "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(field.name)\"\(file)\r\n\r\n\(field.content)\r\n"
    }
    return parts.joined() + "--\(boundary)--\r\n"
  }
}
