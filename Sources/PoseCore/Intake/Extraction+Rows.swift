extension Extraction {
  /// One row per person, best first, as stored.
  public func newPoses(imageID: ImageID, fileName: String?, createdAt: Int64) -> [NewPose] {
    poses.map { pose in
      NewPose(
        imageID: imageID, keypoints: KeypointsJSON.bytes(of: pose.keypoints),
        worldKeypoints: KeypointsJSON.bytes(of: pose.worldKeypoints),
        details: PoseDetails(
          score: pose.score, pictureWidth: header.width, pictureHeight: header.height, fileName: fileName),
        createdAt: createdAt)
    }
  }
}
