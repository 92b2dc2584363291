/// Which poses a list holds; every condition that is set must be met.
public struct PoseFilter: Sendable, Hashable {
  public enum FileName: Sendable, Hashable {
    /// The whole name, to the byte.
    case equals(String)
    /// All words, anywhere in the name.
    case contains(NameSearch)
  }

  /// The people of one picture; rows may name it in either case of letters.
  public var imageID: ImageID?
  /// In whole seconds since 1970, the first one included; rows without times are left out.
  public var createdFrom: Int64?
  /// The first one no longer included.
  public var createdBefore: Int64?
  /// Rows without a name are left out.
  public var fileName: FileName?
  public var isCorrected: Bool?

  public init(
    imageID: ImageID? = nil, createdFrom: Int64? = nil, createdBefore: Int64? = nil, fileName: FileName? = nil,
    isCorrected: Bool? = nil
  ) {
    self.imageID = imageID
    self.createdFrom = createdFrom
    self.createdBefore = createdBefore
    self.fileName = fileName
    self.isCorrected = isCorrected
  }

  public static let all = PoseFilter()
}

/// Which of the poses that a filter lets through a list holds; always by descending id.
public enum PosePage: Sendable, Hashable {
  case offset(Int, limit: Int)
  /// Those whose id is less than `after`.
  case after(Int, limit: Int)
}
