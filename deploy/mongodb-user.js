// Run by the mongo image once, when its volume is empty: PoseVault's user, who may read and write its database alone.
db.getSiblingDB("pose_images_db").createUser({
  user: "posevault",
  pwd: process.env.POSEVAULT_PASSWORD,
  roles: [{ role: "readWrite", db: "pose_images_db" }],
});
