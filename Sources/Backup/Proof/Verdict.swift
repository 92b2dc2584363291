public import PoseCore

/// What a look at an archive showed.
public enum Verdict: Sendable {
  /// All of it was read, restored and compared.
  case proven(Manifest)
  /// What is wrong and where, one line each; nothing of the archive was used.
  case damaged([String])
  /// The archive could not be read to its end, or not be compared.
  case undecided(PoseVaultError)
}
