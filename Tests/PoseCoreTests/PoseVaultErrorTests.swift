import PoseCore
import Testing

@Suite("The one error")
struct PoseVaultErrorTests {
  private struct Secret: Error, CustomStringConvertible {
    let description = "password=hunter2"
  }

  @Test("shows its message, never its cause")
  func description() {
    let error = PoseVaultError(.storageUnavailable, "The database does not answer.", cause: Secret())
    #expect("\(error)" == "The database does not answer.")
    #expect(!String(describing: error).contains("hunter2"))
    #expect(error.cause is Secret)
  }
}
