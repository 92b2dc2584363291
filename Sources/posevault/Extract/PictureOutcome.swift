import PoseCore

/// The outcome of one picture.
struct PictureOutcome: Sendable {
  /// As the user named it, or as it was found below a folder that the user named.
  let file: FilePath
  let result: Result<Extraction, PoseVaultError>
  /// Why its overlay could not be written, if so.
  var overlayFailure: PoseVaultError?

  init(file: FilePath, _ result: Result<Extraction, PoseVaultError>) {
    self.file = file
    self.result = result
  }

  /// For a person; nil if everything went well.
  var failure: String? {
    if case .failure(let error) = result { return error.message }
    return overlayFailure?.message
  }
}
