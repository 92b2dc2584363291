/// How long a transfer may take, in seconds.
public struct TransferLimits: Sendable, Hashable {
  /// Until the connection is established, including encryption.
  public var connect: Int
  /// Until the server responds or accepts more bytes.
  public var reply: Int
  public var total: Int

  public init(connect: Int = 30, reply: Int = 180, total: Int = 1800) {
    self.connect = connect
    self.reply = reply
    self.total = total
  }
}
