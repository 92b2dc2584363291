/// Which poses to list; all conditions that are set must be met.
public struct PoseFilter: Sendable, Hashable {
  public enum FileName: Sendable, Hashable {
    /// The whole name, byte for byte.
    case equals(String)
    /// All words, anywhere in the name.
    case contains(NameSearch)
  }

  /// The people in one picture; rows may have its id in either case.
  public var imageID: ImageID?
  /// In whole seconds since 1970, inclusive; rows without times are left out.
  public var createdFrom: Int64?
  /// Exclusive.
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

/// Which of the poses that match a filter to list; always by descending id.
public enum PosePage: Sendable, Hashable {
  case offset(Int, limit: Int)
  /// Those whose id is less than `after`.
  case after(Int, limit: Int)
}
