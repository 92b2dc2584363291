import Testing

@testable import posevault

@Suite("Progress line")
struct ProgressTests {
  @Test(
    "tells bar, count, rate, time left and failures",
    arguments: [
      (Progress(total: nil, done: 0, failed: 0), 0.0, "0"),
      (Progress(total: 100, done: 0, failed: 0), 1.0, "░░░░░░░░░░░░░░░░░░░░ 0/100"),
      (Progress(total: 100, done: 50, failed: 0), 10.0, "██████████░░░░░░░░░░ 50/100 · 5.0/s · 0:10 left"),
      (
        Progress(total: 5000, done: 120, failed: 3), 6.0,
        "░░░░░░░░░░░░░░░░░░░░ 120/5000 · 20.0/s · 4:04 left · 3 failed"
      ),
      (Progress(total: 99_999, done: 100, failed: 0), 10.0, "░░░░░░░░░░░░░░░░░░░░ 100/99999 · 10.0/s · 2:46:30 left"),
      (Progress(total: nil, done: 7, failed: 1), 2.0, "7 · 3.5/s · 1 failed"),
      (Progress(total: 10, done: 10, failed: 0), 0.05, "████████████████████ 10/10 · 200/s"),
      (Progress(total: 5, done: 7, failed: 0), 7.0, "████████████████████ 7/5 · 1.0/s"),
    ])
  func line(progress: Progress, seconds: Double, expected: String) {
    #expect(progress.line(after: seconds) == expected)
  }
}
