"""The trash for people, and erasure: real processes, real files, old archives.

POSEVAULT names the program, else .build/debug/posevault.
"""

import json
import shutil
import time
import unittest

import pymongo
import requests

from database_servers import SERVERS, Database, free_port
from key_case import PICTURE, KeyCase
from real_server import CASES

NAME = "Erika Mustermann.jpg"


class Erasure(KeyCase):
    def setUp(self):
        super().setUp()
        # due in half a day; by hand, archives are kept until as many newer ones were made by hand
        self.environment |= {
            "BACKUP_COPY_DIR": str(self.folder / "copies"), "BACKUP_MAX_AGE_DAYS": "30",
            "CRON_SCHEDULE": f"0 {(time.localtime().tm_hour + 12) % 24} * * *",
        }

    def upload(self, base, key, name="other.jpg", picture=PICTURE, **query):
        answer = requests.post(
            f"{base}/api/extract-pose", params=query, files={"image": (name, picture.read_bytes())},
            headers={"X-API-Key": key}, timeout=60)
        self.assertEqual(answer.status_code, 201, answer.text)
        return answer.json()["data"]

    def ask(self, base, key, method, path, status=200):
        answer = requests.request(method, base + path, headers={"X-API-Key": key}, timeout=60)
        self.assertEqual(answer.status_code, status, answer.text)
        return answer

    def backup(self):
        done = self.run_program("backup", "create")
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.archives()[-1]

    def archives(self):
        return sorted((self.folder / "backups").glob("*.zip"), key=lambda path: path.stat().st_mtime_ns)

    def pictures(self):
        return list((self.folder / "data" / "images").glob("[0-9a-f][0-9a-f]/*"))

    def names(self, folder, name="Mustermann"):
        """The files below the folder that hold it."""
        return [path for path in folder.rglob("*") if path.is_file() and name.encode() in path.read_bytes()]

    def poses(self, base, key):
        return {pose["id"] for pose in self.ask(base, key, "GET", "/api/poses").json()["data"]["poses"]}


class Trash(Erasure):
    def test_a_deleted_pose_is_gone_for_all_and_an_owner_brings_it_back_as_it_was(self):
        owner, editor = self.add("owner"), self.add("editor")
        _, base, _ = self.start()
        pose = self.upload(base, editor, NAME)
        path, picture = f"/api/poses/{pose['id']}", f"/api/images/{pose['imageId']}"
        before = self.ask(base, owner, "GET", path + "?include=details,world,detection")
        answer = self.ask(base, editor, "DELETE", path)
        # as ever
        self.assertEqual(answer.json(), {"success": True, "message": "Pose deleted successfully"})
        for gone in (path, picture, picture + "/thumbnail", path + "/overlay"):
            self.ask(base, owner, "GET", gone, 404)
        self.ask(base, editor, "DELETE", path, 404)
        self.assertEqual(self.ask(base, owner, "GET", "/api/poses").json()["data"]["pagination"]["total"], 0)
        for method, closed in (
                ("GET", "/api/trash"), ("POST", "/api/trash/1/restore"), ("DELETE", "/api/trash/1"),
                ("DELETE", "/api/trash"), ("GET", "/api/trash/1/thumbnail"), ("DELETE", path + "?erase=true")):
            self.ask(base, editor, method, closed, 403)
        [item] = self.ask(base, owner, "GET", "/api/trash").json()["data"]["poses"]
        self.assertEqual(item["pose"]["image"]["fileName"], NAME)
        thumbnail = self.ask(base, owner, "GET", f"/api/trash/{item['id']}/thumbnail")
        self.assertEqual(thumbnail.headers["Content-Type"], "image/jpeg")
        self.ask(base, owner, "POST", f"/api/trash/{item['id']}/restore")
        after = self.ask(base, owner, "GET", path + "?include=details,world,detection")
        self.assertEqual(after.json(), before.json())
        self.assertEqual(after.headers["ETag"], before.headers["ETag"])
        self.assertEqual(self.ask(base, owner, "GET", picture).content, PICTURE.read_bytes())
        self.assertEqual(self.poses(base, owner), {pose["id"]})
        self.ask(base, owner, "POST", f"/api/trash/{item['id']}/restore", 404)
        # the trail has who did it
        entries = self.ask(base, owner, "GET", "/api/audit").json()["data"]["entries"]
        self.assertIn(("POST /api/trash/{id}/restore", [f"pose {pose['id']}"]),
                      [(entry["action"], entry["subjects"]) for entry in entries])

    def test_what_is_deleted_forever_leaves_with_its_picture(self):
        owner = self.add("owner")
        _, base, _ = self.start()
        first, second = self.upload(base, owner, NAME), self.upload(base, owner)
        for pose in first, second:
            self.ask(base, owner, "DELETE", f"/api/poses/{pose['id']}")
        self.assertEqual(len(self.pictures()), 2)
        [item] = self.ask(base, owner, "GET", f"/api/trash?pose={first['id']}").json()["data"]["poses"]
        self.ask(base, owner, "DELETE", f"/api/trash/{item['id']}")
        self.assertEqual(len(self.pictures()), 1)
        self.assertEqual(self.ask(base, owner, "DELETE", "/api/trash").json()["data"], {"removed": 1})
        self.assertEqual(self.pictures(), [])

    def test_without_a_trash_a_pose_is_deleted_at_once(self):
        owner = self.add("owner")
        _, base, _ = self.start(TRASH_DAYS="0")
        pose = self.upload(base, owner)
        self.ask(base, owner, "DELETE", f"/api/poses/{pose['id']}")
        self.assertEqual(self.ask(base, owner, "GET", "/api/trash").json()["data"]["poses"], [])
        self.assertEqual(self.pictures(), [])

    def test_the_trash_is_in_the_archive_and_no_reason_for_doubt(self):
        owner = self.add("owner")
        _, base, _ = self.start()
        kept = self.upload(base, owner)
        pose = self.upload(base, owner, NAME)
        self.ask(base, owner, "DELETE", f"/api/poses/{pose['id']}")
        archive = self.backup()
        other = {"DATA_DIR": str(self.folder / "other")}
        done = self.run_program("backup", "restore", archive, **other)
        self.assertEqual(done.returncode, 0, done.stderr)
        # archives hold no keys
        self.assertEqual(self.run_program("key", "add", "--name", "a", "--role", "owner", **other).returncode, 0)
        _, base, _ = self.start(**other, API_KEY="a-key-that-tests-alone-use")
        key = "a-key-that-tests-alone-use"
        self.assertEqual(self.poses(base, key), {kept["id"]})
        [item] = self.ask(base, key, "GET", "/api/trash").json()["data"]["poses"]
        self.ask(base, key, "POST", f"/api/trash/{item['id']}/restore")
        self.assertEqual(
            self.ask(base, key, "GET", f"/api/images/{pose['imageId']}").content, PICTURE.read_bytes())


class StoreAway(Erasure):
    def setUp(self):
        super().setUp()
        folder, port = self.folder / "mongodb", free_port()
        folder.mkdir()
        self.mongodb = Database(port, [
            SERVERS / "mongodb" / "mongod", "--dbpath", folder, "--bind_ip", "127.0.0.1", "--port", str(port),
            "--unixSocketPrefix", folder, "--wiredTigerCacheSizeGB", "0.25",
        ])
        self.addCleanup(self.mongodb.end)
        uri = f"mongodb://127.0.0.1:{port}/pictures"
        self.environment |= {"PICTURES": "gridfs", "MONGODB_URI": uri}
        client = pymongo.MongoClient(uri)
        self.addCleanup(client.close)
        self.files = client.pictures["images.files"]

    def test_what_is_removed_while_the_picture_store_is_away_is_shown_to_nobody_and_goes_later(self):
        # waits for the server
        self.assertEqual(self.files.count_documents({}), 0)
        owner = self.add("owner")
        server, base, _ = self.start()
        first, second = self.upload(base, owner, NAME), self.upload(base, owner)
        self.ask(base, owner, "DELETE", f"/api/poses/{first['id']}")
        [item] = self.ask(base, owner, "GET", "/api/trash").json()["data"]["poses"]
        self.mongodb.kill()
        self.ask(base, owner, "DELETE", f"/api/trash/{item['id']}")
        report = self.ask(base, owner, "DELETE", f"/api/poses/{second['id']}?erase=true").json()["data"]
        self.assertFalse(report["pictureRemoved"])
        self.mongodb.start()
        self.assertEqual(self.files.count_documents({}), 2)
        for pose in first, second:
            for path in "", "/thumbnail", "/rendition":
                self.ask(base, owner, "GET", f"/api/images/{pose['imageId']}{path}", 404)
        self.stop(server)
        self.start()
        end = time.monotonic() + 60
        while self.files.count_documents({}):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)


class ErasedForGood(Erasure):
    def test_an_erased_person_is_gone_from_a_restored_old_archive(self):
        owner = self.add("owner")
        server, base, _ = self.start()
        kept = self.upload(base, owner)
        pose = self.upload(base, owner, NAME)
        archive = self.backup()
        again = self.upload(base, owner, "again.jpg")
        report = self.ask(base, owner, "DELETE", f"/api/poses/{pose['id']}?erase=true").json()["data"]
        self.assertEqual((report["imageId"], report["poses"]), (pose["imageId"], [pose["id"]]))
        self.assertTrue(report["pictureRemoved"])
        # each archive, and its copy, with the day of its end
        self.assertEqual(
            [entry["file"] for entry in report["archives"]],
            [str(archive), str(self.folder / "copies" / archive.name)])
        for entry in report["archives"]:
            self.assertRegex(entry["until"], r"^20\d\d-")
        for folder in "backups", "copies":
            ledger = (self.folder / folder / "erased.jsonl").read_text()
            [line] = map(json.loads, ledger.splitlines())
            self.assertEqual((line["erased"], line["poses"]), (pose["imageId"], [pose["id"]]))
            self.assertNotIn("Mustermann", ledger)
        for path in f"/api/poses/{pose['id']}", f"/api/images/{pose['imageId']}":
            self.ask(base, owner, "GET", path, 404)
        self.assertEqual(self.poses(base, owner), {kept["id"], again["id"]})
        self.assertEqual(self.ask(base, owner, "GET", "/api/trash").json()["data"]["poses"], [])
        self.stop(server)
        self.assertEqual(self.names(self.folder / "data"), [])
        for options in ([], ["--only-poses"], ["--salvage"]):
            with self.subTest(options):
                place = self.folder / f"restored{len(options)}{''.join(options)}"
                asked = self.run_program("backup", "restore", "--dry-run", *options, archive, DATA_DIR=str(place))
                found = {"--only-poses": "1 pose and 0 pictures.", "--salvage": "1 picture."}
                self.assertIn(
                    "Left out, because it has been erased since the archive was made: "
                    + found.get("".join(options), "1 pose and 1 picture."), asked.stdout)
                self.assertFalse(place.exists())
                done = self.run_program("backup", "restore", *options, archive, DATA_DIR=str(place))
                self.assertIn("Removed again, because it had been erased since the archive was made: 1 pose", done.stdout)
                self.assertEqual(self.names(place), [], done.stdout)
                self.assertEqual(self.names(place, pose["imageId"]), [place / "posevault.sqlite"], "the ledger alone")
        _, base, _ = self.start(DATA_DIR=str(self.folder / "restored0"), API_KEY=owner)
        self.assertEqual(self.poses(base, owner), {kept["id"]})
        self.ask(base, owner, "GET", f"/api/images/{pose['imageId']}", 404)
        taken = self.run_program(
            "backup", "restore", "--picture", pose["imageId"], "--output", self.folder / "out", archive)
        self.assertEqual(taken.returncode, 3, taken.stderr)
        self.assertIn("was erased", taken.stderr)
        # the same picture sent again is a new one
        self.upload(base, owner, NAME)

    def test_a_copy_of_the_database_that_is_put_back_forgets_again(self):
        owner = self.add("owner")
        server, base, _ = self.start()
        pose = self.upload(base, owner, NAME)
        self.upload(base, owner)
        self.backup()
        self.stop(server)
        shutil.copytree(self.folder / "data", self.folder / "copy")
        done = self.run_program("erase", "--yes", pose["id"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"Erased: pose {pose['id']}, picture {pose['imageId']}.", done.stdout)
        self.assertIn("May hold it: ", done.stdout)
        shutil.rmtree(self.folder / "data")
        (self.folder / "copy").rename(self.folder / "data")
        server, base, log = self.start()
        end = time.monotonic() + 60
        while "Removed what the ledger says was erased" not in log.read_text():
            self.assertLess(time.monotonic(), end, log.read_text())
            time.sleep(0.1)
        self.ask(base, owner, "GET", f"/api/poses/{pose['id']}", 404)
        self.ask(base, owner, "GET", f"/api/images/{pose['imageId']}", 404)
        self.stop(server)
        self.assertEqual(self.names(self.folder / "data"), [])

    def test_an_adoption_applies_the_ledger_and_says_so(self):
        owner = self.add("owner")
        server, base, _ = self.start()
        pose = self.upload(base, owner, NAME)
        self.upload(base, owner)
        archive = self.backup()
        self.stop(server)
        self.assertEqual(self.run_program("erase", "--yes", pose["id"]).returncode, 0)
        ledger = self.folder / "backups" / "erased.jsonl"
        self.assertIn(f"✓ The ledger has 1 erasure, and is beside the archives: {ledger}", self.run_program("doctor").stdout)
        away = self.folder / "away.jsonl"
        ledger.rename(away)
        (self.folder / "copies" / "erased.jsonl").unlink()
        self.assertIn(f"✗ {ledger} lacks 1 erasure: a restore from there", self.run_program("doctor").stdout)
        place = {"DATA_DIR": str(self.folder / "restored")}
        restored = self.run_program("backup", "restore", archive, **place)
        self.assertNotIn("Removed again", restored.stdout)
        away.rename(ledger)
        self.assertIn(f"! {ledger} has 1 erasure that this database doesn't know", self.run_program("doctor", **place).stdout)
        adopted = self.run_program("backup", "adopt", **place)
        self.assertIn("names 1 erasure that this database did not know; removed: 1 pose, 1 picture", adopted.stderr)
        self.assertEqual(self.names(self.folder / "restored"), [])

    def test_what_the_replaced_storage_alone_knows_as_erased_stays_erased(self):
        owner = self.add("owner")
        server, base, _ = self.start()
        kept, pose = self.upload(base, owner), self.upload(base, owner, NAME)
        archive = self.backup()
        self.stop(server)
        taken = shutil.copy(archive, self.folder / "usb.zip")
        self.assertEqual(self.run_program("erase", "--yes", pose["id"]).returncode, 0)
        # both folders are lost
        for folder in "backups", "copies":
            shutil.rmtree(self.folder / folder)
        done = self.run_program("backup", "restore", "--replace", taken)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Removed again, because it had been erased since the archive was made: 1 pose", done.stdout)
        _, base, _ = self.start(API_KEY=owner)
        self.assertEqual(self.poses(base, owner), {kept["id"]})
        # which the new folder then has, too
        self.assertEqual(self.run_program("erase", "--yes", kept["id"]).returncode, 0)
        self.assertEqual(len((self.folder / "backups" / "erased.jsonl").read_text().splitlines()), 2)

    def test_from_the_trash_and_by_the_command(self):
        owner = self.add("owner")
        server, base, _ = self.start()
        pose = self.upload(base, owner, NAME)
        self.ask(base, owner, "DELETE", f"/api/poses/{pose['id']}")
        # beside a running server
        done = self.run_program("erase", "--yes", "--json", pose["id"], 99)
        self.assertEqual(done.returncode, 1)
        self.assertIn("There is no pose 99", done.stderr)
        self.assertEqual(json.loads(done.stdout)["poses"], [pose["id"]])
        self.assertEqual(self.ask(base, owner, "GET", "/api/trash").json()["data"]["poses"], [])
        entries = self.ask(base, owner, "GET", "/api/audit").json()["data"]["entries"]
        self.assertIn(("command", "erase", [f"pose {pose['id']}", f"image {pose['imageId']}"]),
                      [(entry["by"], entry["action"], entry["subjects"]) for entry in entries])
        self.stop(server)
        self.assertEqual(self.names(self.folder / "data"), [])

    def test_a_picture_of_several_people_is_erased_as_a_whole_or_not_at_all(self):
        owner = self.add("owner")
        _, base, _ = self.start()
        poses = self.upload(base, owner, picture=CASES / "two.jpg", maxPoses=2)["poses"]
        self.assertEqual(len(poses), 2)
        one, other = (pose["id"] for pose in poses)
        refused = self.ask(base, owner, "DELETE", f"/api/poses/{one}?erase=true", 409).json()
        self.assertEqual(refused["error"], {"code": "SHARED_PICTURE", "details": {"poses": str(other)}})
        self.ask(base, owner, "DELETE", f"/api/poses/{one}?all=true", 400)
        self.assertEqual(self.poses(base, owner), {one, other})
        asked = self.run_program("erase", "--yes", one)
        self.assertEqual(asked.returncode, 1)
        self.assertIn(f"({other}). --all erases them.", asked.stderr)
        report = self.ask(base, owner, "DELETE", f"/api/poses/{one}?erase=true&all=true").json()["data"]
        self.assertEqual(report["poses"], sorted([one, other]))
        self.assertEqual(self.poses(base, owner), set())


if __name__ == "__main__":
    unittest.main()
