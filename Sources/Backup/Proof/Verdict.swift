public import PoseCore

/// The result of checking an archive.
public enum Verdict: Sendable {
  /// All of it was read, restored and compared.
  case proven(Manifest)
  /// What is wrong and where, one line each; nothing from the archive was used.
  case damaged([String])
  /// The archive could not be read to its end, or not be compared.
  case undecided(PoseVaultError)
}
