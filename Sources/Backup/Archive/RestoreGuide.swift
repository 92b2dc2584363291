/// `RESTORE.txt`: what somebody has to know who has nothing but the archive.
enum RestoreGuide {
  /// When the text below was last changed, in seconds since 1970: the same text is the same entry in each archive.
  static let writtenAt: Int64 = 1_764_374_400

  static func text(isEncrypted: Bool) -> [UInt8] {
    Array((isEncrypted ? text + encrypted : text).utf8)
  }

  private static let encrypted = """

    This archive is encrypted (AES-256, as WinZip and 7-Zip do it). 7-Zip opens it with the passphrase, which was set
    as BACKUP_PASSPHRASE; unzip does not. Without the passphrase nobody can read it.

    """

  private static let text = """
    This is a backup made by PoseVault, a server that keeps pictures of people and the body landmarks found in them.

    The easy way: the program posevault.

        posevault backup verify FILE.zip
        posevault backup restore FILE.zip

    The first command checks every byte, the second fills an empty storage. If the file is damaged,
    "posevault backup restore --salvage FILE.zip" restores what is whole and names the rest.

    Without the program, all of it is in open formats. Unpack the archive with unzip or 7-Zip, then:

    1. images/ has every picture as an ordinary file. Its name is the picture's id.

    2. mysql/poses.sql has the landmarks, one row for each person in a picture; image_id is the picture's id. It goes
       into an empty database of MySQL or MariaDB:

           mysql DATABASE < mysql/poses.sql

    3. mongodb/images.files.json has what was known of each picture, one line each: its name, size, time of upload.
       The script restore-pictures, which comes with PoseVault, puts images/ and this file into MongoDB (GridFS).

    4. tables/, where there is one, has further tables, one row a line, as JSON.

    To check by hand that nothing is damaged: entries.jsonl lists the size and the SHA-256 of every file. Compare with

           sha256sum images/* mysql/* mongodb/*

    The SHA-256 of entries.jsonl itself is in manifest.json, which also tells when the backup was made and how many
    rows and pictures it holds. Pictures that were damaged or lost already when the backup was made are named there,
    under "damaged" and "lost".

    """
}
