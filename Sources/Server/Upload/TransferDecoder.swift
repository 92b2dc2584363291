import PoseCore

/// How a part's content is written (`Content-Transfer-Encoding`, RFC 2045), undone piece by piece.
enum TransferDecoder {
  /// 7bit, 8bit, binary, or nothing said.
  case none
  case base64(Base64Decoder)

  /// To be thrown where a part claims base64 and is none.
  static let noBase64 = PoseVaultError(
    .badRequest, "The part's Content-Transfer-Encoding is base64, but its content is not.")

  /// Throws ``PoseVaultError`` with `unsupportedEncoding` for one that is not undone.
  init(_ encoding: String?) throws {
    switch encoding?.lowercased() {
    case nil, "", "7bit", "8bit", "binary": self = .none
    case "base64": self = .base64(Base64Decoder())
    case let other?: throw PoseVaultError.unsupportedEncoding("The part's Content-Transfer-Encoding", other)
    }
  }
}

extension PoseVaultError {
  /// - Parameter field: that names the encoding, such as "The request's Content-Encoding".
  static func unsupportedEncoding(_ field: String, _ encoding: String) -> PoseVaultError {
    // a client's text, kept to what a header of that name holds
    let name = encoding.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_., ".contains($0)) }.prefix(40)
    return PoseVaultError(
      .unsupportedEncoding, "\(field) is \(name), which is not supported. Send the bytes unencoded.")
  }

  /// Throws unless `encodings`, the values of `Content-Encoding` fields, leave a body as it is.
  static func requireIdentity(_ encodings: [String], _ field: String) throws {
    for list in encodings {
      for item in list.split(separator: ",") {
        let encoding = String(item).filter { $0 != " " && $0 != "\t" }
        if !encoding.isEmpty, encoding.lowercased() != "identity" { throw unsupportedEncoding(field, encoding) }
      }
    }
  }
}
