import PoseCore
import Testing

@testable import posevault

@Suite("A command that fails")
struct FailureLinesTests {
  private struct Cause: Error, CustomStringConvertible { let description: String }

  @Test("says what led to it, without logins and without saying a thing twice")
  func causes() {
    let inner = PoseVaultError(
      .storageUnavailable, "MongoDB doesn't answer.", cause: Cause(description: "mongodb://ann:s3cret@db refused"))
    let error = PoseVaultError(.fileSystem, "The backup cannot be made: no space left.", cause: inner)
    #expect(
      FailureLines.of(error) == [
        "posevault: The backup cannot be made: no space left.", "  Cause: MongoDB doesn't answer.",
        "  Cause: mongodb://(hidden)@db refused",
      ])
    #expect(
      FailureLines.line(of: error)
        == "The backup cannot be made: no space left. Cause: MongoDB doesn't answer. Cause: mongodb://(hidden)@db refused"
    )
    let same = PoseVaultError(
      .fileSystem, "It cannot be read: no such file.", cause: Cause(description: "No such file"))
    #expect(FailureLines.of(same) == ["posevault: It cannot be read: no such file."])
    #expect(FailureLines.line(of: same) == "It cannot be read: no such file.")
  }
}
