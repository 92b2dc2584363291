import PoseCore

/// Decodes a part's content piece by piece (`Content-Transfer-Encoding`, RFC 2045).
enum TransferDecoder {
  /// 7bit, 8bit, binary, or not given.
  case none
  case base64(Base64Decoder)

  /// Thrown if a part claims to be base64 but isn't.
  static let noBase64 = PoseVaultError(
    .badRequest, "The part's Content-Transfer-Encoding is base64, but its content is not.")

  /// Throws ``PoseVaultError`` with `unsupportedEncoding` for an unsupported one.
  init(_ encoding: String?) throws {
    switch encoding?.lowercased() {
    case nil, "", "7bit", "8bit", "binary": self = .none
    case "base64": self = .base64(Base64Decoder())
    case let other?: throw PoseVaultError.unsupportedEncoding("The part's Content-Transfer-Encoding", other)
    }
  }
}

extension PoseVaultError {
  /// - Parameter field: the one with the encoding, such as "The request's Content-Encoding".
  static func unsupportedEncoding(_ field: String, _ encoding: String) -> PoseVaultError {
    // a client's text, kept to what a header of that name holds
    let name = encoding.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_., ".contains($0)) }.prefix(40)
    return PoseVaultError(
      .unsupportedEncoding, "\(field) is \(name), which is not supported. Send the bytes unencoded.")
  }

  /// Throws unless `encodings`, the values of `Content-Encoding` fields, mean that a body is unencoded.
  static func requireIdentity(_ encodings: [String], _ field: String) throws {
    for list in encodings {
      for item in list.split(separator: ",") {
        let encoding = String(item).filter { $0 != " " && $0 != "\t" }
        if !encoding.isEmpty, encoding.lowercased() != "identity" { throw unsupportedEncoding(field, encoding) }
      }
    }
  }
}
