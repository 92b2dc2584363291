/// What other processes and servers on the same storage must know, stored in the pose database.
///
/// Times are seconds since 1970 and the caller's; the clocks of several servers must agree within a few minutes. Every
/// call throws ``PoseVaultError`` with `storageUnavailable` if the database doesn't respond. What a call changed is
/// durable when it returns; after an error it may or may not have been done.
public typealias RunStore = RestoreLock & BackupRuns & MailQueue & SharedFacts & SweepClaims
