import PoseCore

/// What is being decoded, for messages.
enum Decoded {
  case picture, clip

  var this: String { self == .picture ? "This picture" : "This clip" }
}

extension DecodingFailure {
  /// In our own words: the helper's can't be trusted, since anyone who takes over a decoder controls them.
  func error(of what: Decoded) -> PoseVaultError {
    switch self {
    case .unsupported: PoseVaultError(.unsupportedImage, "\(what.this) is of a kind that isn't supported.")
    case .damaged: PoseVaultError(.corruptImage, "\(what.this) is damaged.")
    case .tooLarge: PoseVaultError(.imageTooLarge, "\(what.this) has more bytes or pixels than allowed.")
    case .tooLong: PoseVaultError(.imageTooLarge, "\(what.this) is longer than allowed.")
    case .empty: PoseVaultError(.unsupportedImage, "There is no video in this file.")
    case .memory: PoseVaultError(.imageTooLarge, "\(what.this) needs more memory to decode than allowed.")
    case .input: PoseVaultError(.fileSystem, "\(what.this) can't be read.")
    case .sandbox: PoseVaultError(.internal, "posevault-decode can't set up its sandbox on this system.")
    case .internal: PoseVaultError(.internal, "posevault-decode failed.")
    }
  }
}
