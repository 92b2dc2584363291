// The pictures before and after one in the list of all poses, or of those that a filter lets through.

import { listPoses } from "./api.js";

/** About as many as the people of two pictures. */
const FEW = 16;

/** The id of the best pose of the next older picture, or null. `ids`: all poses of the present one. */
export async function olderThan(ids, filter) {
  const { poses } = await listPoses({ after: Math.min(...ids), limit: FEW, filter });
  return bestOf(poses, poses[0]);
}

/** The id of the best pose of the next newer picture, or null. */
export async function newerThan(ids, filter) {
  const own = Math.max(...ids);
  const [newest] = await upTo(Number.MAX_SAFE_INTEGER, 1, filter);
  if (!newest || newest.id <= own) return null;
  // Lists go from the newest to the oldest, so the next newer one is looked for in ever wider reaches above, then
  // between the one where nothing was and the one where something was.
  let [low, high] = [own, newest.id];
  for (let reach = FEW; own + reach < high; reach *= FEW) {
    const [found] = await upTo(own + reach, 1, filter);
    if (found?.id > own) high = found.id;
    else low = own + reach;
  }
  while (high - low > FEW) {
    const middle = Math.floor((low + high) / 2);
    const [found] = await upTo(middle, 1, filter);
    if (found?.id > own) high = found.id;
    else low = middle;
  }
  const poses = (await upTo(high, FEW, filter)).filter((pose) => pose.id > own);
  return bestOf(poses, poses.at(-1));
}

async function upTo(id, limit, filter) {
  const after = id < Number.MAX_SAFE_INTEGER ? id + 1 : null;
  return (await listPoses({ after, limit, filter })).poses;
}

/** The first of those that share `one`'s picture. */
function bestOf(poses, one) {
  return one ? Math.min(...poses.filter((pose) => pose.imageId === one.imageId).map((pose) => pose.id)) : null;
}
