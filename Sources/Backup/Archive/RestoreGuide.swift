/// `RESTORE.txt`: instructions for somebody who has nothing but the archive.
enum RestoreGuide {
  /// When the text below was last changed, in seconds since 1970: the same text is the same entry in every archive.
  static let writtenAt: Int64 = 1_764_374_400

  static func text(isEncrypted: Bool) -> [UInt8] {
    Array((isEncrypted ? text + encrypted : text).utf8)
  }

  /// For a run in a repository.
  static var runText: [UInt8] { Array(run.utf8) }

  private static let run = """
    This is one run of a backup repository made by PoseVault, a server that keeps pictures of people and the body
    landmarks found in them. It holds everything but the pictures. These are in the repository's folder "packs", beside
    the folder "runs" that this file belongs in.

    The easy way: the program posevault, with the whole repository at hand.

        posevault backup verify REPOSITORY/runs/TIME.zip
        posevault backup restore REPOSITORY/runs/TIME.zip

    The first command checks every byte, the second fills an empty storage.

    Without the program, all of it is in open formats. Unpack this file with unzip or 7-Zip, then:

    1. pictures.jsonl has one line for each picture: its id, its SHA-256 and the pack that it lies in. A pack is an
       ordinary tar file, in packs/ under the first two digits of its name. Each file in it is a picture, and its name
       is the picture's SHA-256:

           tar -xf packs/ab/ab….tar

       To check a pack: its own name is the SHA-256 of the whole file, as sha256sum shows it.

    2. mysql/poses.sql has the landmarks, one row for each person in a picture; image_id is the picture's id. It goes
       into an empty database of MySQL or MariaDB:

           mysql DATABASE < mysql/poses.sql

    3. mongodb/images.files.json has what was known of each picture, one line each: its name, size, time of upload.

    4. tables/, where there is one, has further tables, one row a line, as JSON.

    entries.jsonl lists the size and the SHA-256 of every file in this archive. Pictures that were damaged or lost
    already when the backup was made are named in manifest.json, under "damaged" and "lost".

    """

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
