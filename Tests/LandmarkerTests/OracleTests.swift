import Landmarker
import PoseCore
import Testing

/// The same result as MediaPipe's own, over pictures of every kind.
@Suite(.serialized)
struct OracleTests {
  @Test("people and their landmarks are MediaPipe's")
  func agreesWithMediaPipe() async throws {
    let oracle = try Oracle.load()
    #expect(oracle.cases.count >= 60)
    let landmarker = try await PoseLandmarker.load(.locate())

    var landmarks: [Float] = []
    var pictures: [Float] = []
    var depths: [Float] = []
    var confidences: [Float] = []
    var world: [Float] = []
    for example in oracle.cases {
      let extraction = try await landmarker.extract(
        try Oracle.picture("cases/\(example.file)"), maxPoses: example.numPoses)
      try #require(extraction.poses.count == example.poses.count, "\(example.file), \(example.numPoses) asked for")
      #expect(extraction.header.width == Int(example.width) && extraction.header.height == Int(example.height))

      for (pose, person) in zip(extraction.poses, example.poses) {
        let distances = example.distances(of: pose, to: person)
        landmarks += distances
        pictures.append(distances.reduce(0, +) / Float(distances.count))
        for (keypoint, expected) in zip(pose.keypoints, person.landmarks) {
          depths.append(abs(keypoint.z - expected[2]))
          confidences.append(max(abs(keypoint.visibility - expected[3]), abs(keypoint.presence - expected[4])))
        }
        for (keypoint, expected) in zip(pose.worldKeypoints, person.world) {
          world.append(
            max(abs(keypoint.x - expected[0]), abs(keypoint.y - expected[1]), abs(keypoint.z - expected[2])))
        }
      }
    }
    try await landmarker.shutDown()

    print(
      """
      \(pictures.count) people in \(oracle.cases.count) pictures, relative to each person's size: \
      landmarks median \(landmarks.quantile(0.5)), 90 % \(landmarks.quantile(0.9)), worst \(landmarks.max() ?? 0); \
      pictures' means median \(pictures.quantile(0.5)), 90 % \(pictures.quantile(0.9)), worst \(pictures.max() ?? 0)
      """)
    #expect(landmarks.quantile(0.5) <= 0.0002)
    #expect(landmarks.quantile(0.9) <= 0.001)
    #expect(pictures.quantile(0.5) <= 0.0002)
    #expect(pictures.quantile(0.9) <= 0.001)
    #expect(pictures.max() ?? 1 <= 0.01)
    #expect(depths.quantile(0.9) <= 0.001)
    #expect(confidences.quantile(0.9) <= 0.001)
    #expect(world.quantile(0.9) <= 0.001)  // metres
  }

  @Test("a picture's result is the same to the bit whatever runs before and beside it")
  func keepsNoState() async throws {
    let landmarker = try await PoseLandmarker.load(.locate())
    let files = ["bus.jpg", "astronaut.png", "zidane.jpg", "grace_hopper.jpg"]
    var alone: [String: [Pose]] = [:]
    for file in files {
      alone[file] = try await landmarker.extract(try Oracle.picture(file), maxPoses: 3).poses
    }
    #expect(alone["bus.jpg"]?.isEmpty == false && alone["astronaut.png"]?.isEmpty == false)
    #expect(alone["zidane.jpg"]?.isEmpty == true)

    try await withThrowingTaskGroup(of: (String, [Pose]).self) { group in
      for file in (0..<8).flatMap({ _ in files.shuffled() }) {
        let picture = try Oracle.picture(file)
        group.addTask { (file, try await landmarker.extract(picture, maxPoses: 3).poses) }
      }
      for try await (file, poses) in group { #expect(poses == alone[file], "\(file)") }
    }
    try await landmarker.shutDown()
  }

  @Test("more pictures than may wait are refused, and those that wait are served")
  func queueIsBounded() async throws {
    let limits = LandmarkerLimits(workers: 1, maxWaiting: 2, waitLimit: .seconds(60))
    let landmarker = try await PoseLandmarker.load(.locate(), limits: limits)
    let picture = try Oracle.picture("bus.jpg")
    let codes = await withTaskGroup(of: PoseVaultError.Code?.self) { group in
      for _ in 0..<12 {
        group.addTask {
          do {
            _ = try await landmarker.extract(picture, maxPoses: 1)
            return nil
          } catch { return (error as? PoseVaultError)?.code ?? .internal }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(codes.filter { $0 == nil }.count >= 3)
    #expect(codes.contains(.queueFull))
    #expect(codes.allSatisfy { $0 == nil || $0 == .queueFull })
    try await landmarker.shutDown()
  }
}
