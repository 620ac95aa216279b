/// One pass of a training over its rows: a point of the learning curve.
public struct TrainedEpoch: Sendable, Hashable, Codable {
  /// 1-based.
  public var epoch: Int
  /// Mean over the steps of the epoch, with its penalties, while the weights changed.
  public var loss: Double
  /// Share of right answers while the weights changed; nil for regression.
  public var accuracy: Double?
  /// Mean loss of the held-out rows after the epoch, without penalties; nil when none were held out.
  public var validationLoss: Double?
  public var validationAccuracy: Double?
  /// The learning rate of the last step.
  public var rate: Double

  public init(
    epoch: Int, loss: Double, accuracy: Double? = nil, validationLoss: Double? = nil, validationAccuracy: Double? = nil,
    rate: Double
  ) {
    self.epoch = epoch
    self.loss = loss
    self.accuracy = accuracy
    self.validationLoss = validationLoss
    self.validationAccuracy = validationAccuracy
    self.rate = rate
  }
}
