import Metrics

/// How long pictures wait for a worker, and how long it then takes to decode them and find people.
enum LandmarkerMetrics {
  static func queued(_ duration: Duration) {
    Timer(label: "posevault_queue_seconds").record(duration: duration)
  }

  static func worked(_ duration: Duration) {
    Timer(label: "posevault_inference_seconds").record(duration: duration)
  }
}
