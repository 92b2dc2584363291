import Foundation
import PoseCore
import Testing

@testable import posevault

@Suite("COCO output")
struct COCOTests {
  struct DataSet: Decodable {
    struct Image: Decodable {
      let id: Int
      let file_name: String
      let width, height: Int
    }
    struct Annotation: Decodable {
      let id, image_id, category_id, num_keypoints, num_keypoints_17, iscrowd: Int
      let keypoints, keypoints_17, bbox: [Double]
      let area, score: Double
    }
    struct Category: Decodable {
      let id: Int
      let name: String
      let keypoints, keypoints_17: [String]
      let skeleton, skeleton_17: [[Int]]
    }
    let images: [Image]
    let annotations: [Annotation]
    let categories: [Category]
  }

  static func dataSet(_ outcomes: [PictureOutcome]) throws -> DataSet {
    try JSONDecoder().decode(DataSet.self, from: Data(Sample.text(.coco, outcomes).utf8))
  }

  @Test("each person is an annotation of the picture it is in; failures have no image")
  func structure() throws {
    let coco = try Self.dataSet([
      Sample.outcome("a.jpg", [Sample.pose(), Sample.pose()]), Sample.failed, Sample.outcome("c.jpg", []),
      Sample.outcome("d.jpg", [Sample.pose()]),
    ])
    #expect(coco.images.map(\.id) == [1, 2, 3])
    #expect(coco.images.map(\.file_name) == ["a.jpg", "c.jpg", "d.jpg"])
    #expect(coco.images.allSatisfy { $0.width == 640 && $0.height == 320 })
    #expect(coco.annotations.map(\.id) == [1, 2, 3])
    #expect(coco.annotations.map(\.image_id) == [1, 1, 3])
    #expect(coco.annotations.allSatisfy { $0.category_id == 1 && $0.iscrowd == 0 && $0.score == 0.75 })
  }

  @Test("no picture at all is a data set too")
  func empty() throws {
    let coco = try Self.dataSet([])
    #expect(coco.images.isEmpty && coco.annotations.isEmpty && coco.categories.count == 1)
  }

  @Test("v is 2 where visible, 1 where hidden, 0 with zeros outside the picture; the rest is in pixels")
  func visibility() throws {
    var pose = Sample.pose()
    pose.keypoints[1].visibility = 0.4999
    pose.keypoints[2].x = 1.01
    pose.keypoints[3].y = -0.5
    pose.keypoints[4].x = .nan
    let dataSet = try Self.dataSet([Sample.outcome("a.jpg", [pose])])
    let person = try #require(dataSet.annotations.first)
    #expect(person.keypoints.count == 99)
    #expect(Array(person.keypoints[..<18]) == [0, 160, 2, 10, 160, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 50, 160, 2])
    #expect(person.num_keypoints == 30)
    // left_eye is the second of the 17 and outside; right_eye, index 5, is the third
    #expect(Array(person.keypoints_17[..<9]) == [0, 160, 2, 0, 0, 0, 50, 160, 2])
    #expect(person.num_keypoints_17 == 16)
  }

  @Test("the box is in pixels and cut to the picture")
  func box() throws {
    var pose = Sample.pose()
    pose.keypoints[0] = Keypoint(x: -1, y: 0.25, z: 0, visibility: 1, presence: 1)
    pose.keypoints[32] = Keypoint(x: 0.5, y: 3, z: 0, visibility: 1, presence: 1)
    let dataSet = try Self.dataSet([Sample.outcome("a.jpg", [pose])])
    let person = try #require(dataSet.annotations.first)
    #expect(person.bbox == [0, 80, 320, 240])
    #expect(person.area == 320 * 240)
  }

  @Test("the category names 33 and COCO's own 17, with bones that join existing ones")
  func category() throws {
    let dataSet = try Self.dataSet([])
    let category = try #require(dataSet.categories.first)
    #expect(category.name == "person")
    #expect(category.keypoints.count == 33 && category.skeleton.count == 35)
    #expect(category.skeleton.joined().allSatisfy { (1...33).contains($0) })
    // the names of COCO's own annotation file person_keypoints_val2017.json
    let coco17 =
      "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist "
      + "right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle"
    #expect(category.keypoints_17 == coco17.split(separator: " ").map(String.init))
    #expect(category.skeleton_17.count == 19)
  }
}
